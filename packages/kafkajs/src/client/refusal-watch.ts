import { type Clock, fail, type MillraceError, systemClock } from '@millrace/core'
import { classifyFault } from './classify-fault.js'
import { plainError } from './plain-error.js'

/** Tells faults of connecting that trying again would not help from those of a cluster that is away. */
export interface RefusalWatch {
  /** The error to give up with: credentials, certificate or kind of listener do not fit. Undefined where the next try may work. */
  judge(fault: unknown): MillraceError | undefined
}

/**
 * A broker that restarts closes connections too, and a proxy in front of it does for as long as the restart takes, some 10 s: a
 * listener that does for so long, so often, speaks something else.
 */
const CLOSED_IN_A_ROW = 4
const CLOSED_FOR_MS = 15_000
/** Well above the longest pause between two tries: what was closed before nobody tried for a while says nothing of now. */
const FORGOTTEN_AFTER_MS = 30_000
const WRONG_KIND =
  'the listener closes the connection without a word; it may expect TLS or SASL where none is configured, or the other way round'

export function createRefusalWatch(clock: Clock = systemClock): RefusalWatch {
  let closedInARow = 0
  let firstClosedAtMs = 0
  let lastClosedAtMs = 0
  return {
    judge(fault) {
      const { kind, reason } = classifyFault(fault)
      const nowMs = clock.now()
      if (kind !== 'closed' || nowMs - lastClosedAtMs > FORGOTTEN_AFTER_MS) closedInARow = 0
      if (kind === 'refused') return unauthorized(reason, fault)
      if (kind === 'away') return undefined
      closedInARow += 1
      lastClosedAtMs = nowMs
      if (closedInARow === 1) firstClosedAtMs = nowMs
      if (closedInARow < CLOSED_IN_A_ROW || nowMs - firstClosedAtMs < CLOSED_FOR_MS) return undefined
      // Whoever tries again after this is judged by what happens then.
      closedInARow = 0
      return unauthorized(WRONG_KIND, fault)
    },
  }
}

const unauthorized = (reason: string, fault: unknown): MillraceError =>
  fail('MILLRACE_DRIVER_UNAUTHORIZED', { what: 'the connection', reason }, { cause: plainError(fault) })
