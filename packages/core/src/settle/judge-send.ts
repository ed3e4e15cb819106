import type { ErrorCode } from '../errors.js'
import { isMillraceError } from '../millrace-error.js'

/**
 * What a refused output says something about: its record, which would be refused again; its topic or the brokers, which may
 * take it later; or only the transaction that it was in.
 */
export type SendFault = 'record' | 'topic' | 'transaction'

const faults: Partial<Record<ErrorCode, SendFault>> = {
  MILLRACE_PRODUCE_TOO_LARGE: 'record',
  MILLRACE_PRODUCE_RECORD_INVALID: 'record',
  MILLRACE_PRODUCE_REFUSED: 'topic',
  MILLRACE_PRODUCE_TIMED_OUT: 'topic',
  MILLRACE_PRODUCE_UNKNOWN: 'topic',
  MILLRACE_DRIVER_UNAUTHORIZED: 'topic',
  MILLRACE_DRIVER_UNREACHABLE: 'topic',
}

/** Pure. Everything that is not known is taken for the end of the transaction, which costs no more than sending it again. */
export const judgeSend = (error: unknown): SendFault =>
  (isMillraceError(error) ? faults[error.code] : undefined) ?? 'transaction'
