import { fail, type MillraceError } from '@millrace/core'
import type { PendingRecord } from './outstanding.js'

type Subject = Pick<PendingRecord, 'outgoing'>

/** The errors that end a record. What went wrong last on its way is their cause. */
export interface SenderErrors {
  /** Certainly not stored, and repeating would not help. */
  refused(pending: Subject, reason: string, partition?: number, cause?: unknown): MillraceError
  /** Certainly not stored: more bytes than `limit`, or than a broker takes. */
  tooLarge(
    pending: Subject,
    size: { readonly bytes: number; readonly limit?: number },
    partition?: number,
  ): MillraceError
  /** Certainly not stored: its topic takes no such record, or has no such partition. */
  invalid(pending: Subject, reason: string, partition?: number, cause?: unknown): MillraceError
  /** Certainly not stored: its time passed before a broker had it. */
  timedOut(pending: Subject, problem?: Error): MillraceError
  /** May be stored. */
  unknown(pending: Subject, partition: number, problem?: Error): MillraceError
  closed(): MillraceError
}

/** `lastProblem` is of the whole sender: the cause where nothing is known of the record's own partition. */
export function createSenderErrors(deliveryTimeoutMs: number, lastProblem: () => Error | undefined): SenderErrors {
  const because = (cause: unknown): ErrorOptions => (cause === undefined ? {} : { cause })
  return {
    refused: ({ outgoing: { topic, partition: wanted } }, reason, partition = wanted ?? -1, cause) =>
      fail('MILLRACE_PRODUCE_REFUSED', { topic, partition, reason }, because(cause)),
    tooLarge: ({ outgoing: { topic, partition: wanted } }, size, partition = wanted ?? -1) =>
      fail('MILLRACE_PRODUCE_TOO_LARGE', { topic, partition, ...size }),
    invalid: ({ outgoing: { topic, partition: wanted } }, reason, partition = wanted ?? -1, cause) =>
      fail('MILLRACE_PRODUCE_RECORD_INVALID', { topic, partition, reason }, because(cause)),
    timedOut: ({ outgoing: { topic } }, problem = lastProblem()) =>
      fail('MILLRACE_PRODUCE_TIMED_OUT', { topic, deliveryTimeoutMs }, because(problem)),
    unknown: ({ outgoing: { topic } }, partition, problem = lastProblem()) =>
      fail('MILLRACE_PRODUCE_UNKNOWN', { topic, partition, deliveryTimeoutMs }, because(problem)),
    closed: () => fail('MILLRACE_PRODUCE_CLOSED', {}),
  }
}
