import { fail, type MillraceError } from '@millrace/core'
import { classifyFault } from './classify-fault.js'
import { plainError } from './plain-error.js'

/** Tells faults of connecting that trying again would not help from those of a cluster that is away. */
export interface RefusalWatch {
  /** The error to give up with: credentials, certificate or kind of listener do not fit. Undefined where the next try may work. */
  judge(fault: unknown): MillraceError | undefined
}

/** A broker that restarts closes connections too; one that closes this many in a row speaks something else. */
const CLOSED_IN_A_ROW = 4
const WRONG_KIND =
  'the listener closes the connection without a word; it may expect TLS or SASL where none is configured, or the other way round'

export function createRefusalWatch(): RefusalWatch {
  let closedInARow = 0
  return {
    judge(fault) {
      const { kind, reason } = classifyFault(fault)
      closedInARow = kind === 'closed' ? closedInARow + 1 : 0
      if (kind === 'refused') return unauthorized(reason, fault)
      return closedInARow >= CLOSED_IN_A_ROW ? unauthorized(WRONG_KIND, fault) : undefined
    },
  }
}

const unauthorized = (reason: string, fault: unknown): MillraceError =>
  fail('MILLRACE_DRIVER_UNAUTHORIZED', { what: 'the connection', reason }, { cause: plainError(fault) })
