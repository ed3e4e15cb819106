import { fail, type MillraceError } from '@millrace/core'
import type { PendingRecord } from './outstanding.js'

/** The errors that end a record, each with the last thing that went wrong as its cause. */
export interface SenderErrors {
  /** Certainly not stored, and repeating would not help. */
  refused(pending: PendingRecord, reason: string, partition?: number, cause?: unknown): MillraceError
  /** Certainly not stored: its time passed before a broker had it. */
  timedOut(pending: PendingRecord): MillraceError
  /** May be stored. */
  unknown(pending: PendingRecord, partition: number): MillraceError
  closed(): MillraceError
}

export function createSenderErrors(deliveryTimeoutMs: number, lastProblem: () => unknown): SenderErrors {
  const because = (cause: unknown): ErrorOptions => (cause === undefined ? {} : { cause })
  return {
    refused: ({ outgoing: { topic, partition: wanted } }, reason, partition = wanted ?? -1, cause) =>
      fail('MILLRACE_PRODUCE_REFUSED', { topic, partition, reason }, because(cause)),
    timedOut: ({ outgoing: { topic } }) =>
      fail('MILLRACE_PRODUCE_TIMED_OUT', { topic, deliveryTimeoutMs }, because(lastProblem())),
    unknown: ({ outgoing: { topic } }, partition) =>
      fail('MILLRACE_PRODUCE_UNKNOWN', { topic, partition, deliveryTimeoutMs }, because(lastProblem())),
    closed: () => fail('MILLRACE_PRODUCE_CLOSED', {}),
  }
}
