import { fail, type MillraceError } from '@millrace/core'
import { plainError } from '../client/plain-error.js'
import { isObject } from '../internals.js'

export const GROUP_AUTHORIZATION_FAILED = 30

/** Whether the cluster keeps this client out of its group. */
export const isForbidden = (error: unknown): boolean =>
  isObject(error) && (error['errorCode'] === GROUP_AUTHORIZATION_FAILED || error['code'] === GROUP_AUTHORIZATION_FAILED)

export const forbidden = (group: string, error: unknown): MillraceError =>
  fail(
    'MILLRACE_DRIVER_UNAUTHORIZED',
    { what: `group "${group}"`, reason: 'GROUP_AUTHORIZATION_FAILED: it needs READ on the group' },
    { cause: plainError(error) },
  )
