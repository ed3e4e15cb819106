import { type Clock, fail, isMillraceError, type MillraceError, systemClock } from '@millrace/core'
import { causesOf } from './causes-of.js'
import { classifyFault } from './classify-fault.js'
import type { ExplainClosed } from './explain-closed.js'
import { plainError } from './plain-error.js'

/** Tells faults of connecting that trying again would not help from those of a cluster that is away. */
export interface RefusalWatch {
  /** The error to give up with: credentials, certificate or kind of listener do not fit. Undefined where the next try may work. */
  judge(fault: unknown): Promise<MillraceError | undefined>
}

/**
 * A broker that restarts closes connections too: the listener is asked once it has closed two in a row. One that does not tell is
 * believed when it goes on, for longer than a proxy in front of a restarting broker does, some 10 s.
 */
const ASKED_AT = 2
const CLOSED_IN_A_ROW = 4
const CLOSED_FOR_MS = 15_000
/** Well above the longest pause between two tries: what was closed before nobody tried for a while says nothing of now. */
const FORGOTTEN_AFTER_MS = 30_000
const WRONG_KIND =
  'the listener closes the connection without a word; it may expect TLS or SASL where none is configured, or the other way round'

export interface RefusalWatchParts {
  /** Default: the system's. */
  readonly clock?: Clock
  /** Asks the listener itself. Default: nobody does. */
  readonly explainClosed?: ExplainClosed | undefined
}

export function createRefusalWatch({ clock = systemClock, explainClosed }: RefusalWatchParts = {}): RefusalWatch {
  let closedInARow = 0
  let firstClosedAtMs = 0
  let lastClosedAtMs = 0
  return {
    async judge(fault) {
      const { kind, reason } = classifyFault(fault)
      const nowMs = clock.now()
      if (kind !== 'closed' || nowMs - lastClosedAtMs > FORGOTTEN_AFTER_MS) closedInARow = 0
      if (kind === 'refused') return unauthorized(reason, fault)
      if (kind === 'away') return undefined
      closedInARow += 1
      lastClosedAtMs = nowMs
      if (closedInARow === 1) firstClosedAtMs = nowMs
      const address = closedInARow < ASKED_AT ? undefined : addressIn(fault)
      const told = address === undefined ? undefined : await explainClosed?.(address)
      if (told !== undefined) return unauthorized(told, fault)
      if (closedInARow < CLOSED_IN_A_ROW || nowMs - firstClosedAtMs < CLOSED_FOR_MS) return undefined
      // Whoever tries again after this is judged by what happens then.
      closedInARow = 0
      return unauthorized(WRONG_KIND, fault)
    },
  }
}

function unauthorized(reason: string, fault: unknown): MillraceError {
  for (const cause of causesOf(fault)) if (isMillraceError(cause, 'MILLRACE_DRIVER_UNAUTHORIZED')) return cause
  return fail('MILLRACE_DRIVER_UNAUTHORIZED', { what: 'the connection', reason }, { cause: plainError(fault) })
}

/** `host:port` of the listener, as kafkajs notes it in its errors. */
function addressIn(fault: unknown): string | undefined {
  for (const { broker } of causesOf(fault)) if (typeof broker === 'string') return broker
  return undefined
}
