import type { RawHeader } from '../receive/record.js'

/** One record on its way out, bytes only. */
export interface OutgoingRecord {
  readonly topic: string
  /** Explicit partition; without it the key decides (Java-compatible murmur2), and without a key the sender does. */
  readonly partition?: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers?: readonly RawHeader[]
  /** Epoch milliseconds; now, when it is left out. */
  readonly timestamp?: number
}

/** What the broker acknowledged: the record is stored on all in-sync replicas. */
export interface DeliveryReport {
  readonly topic: string
  readonly partition: number
  /** -1 for a record that was stored by an earlier try and whose place the broker does not remember. */
  readonly offset: bigint
  /**
   * Epoch milliseconds. The broker's time where the topic stamps records itself (LogAppendTime), else the record's own; its own, too,
   * where the answer that held the broker's time was lost.
   */
  readonly timestamp: number
}

/**
 * Sends records idempotently with acks=all. A resolved promise means stored; a rejected one carries a code that says
 * whether the record is certainly not stored or whether that is unknown.
 */
export interface Sender {
  /**
   * A signal that aborts while the record still waits for room takes it back; one that has aborted before is refused with its
   * reason. What the sender has taken runs its course.
   * @throws MillraceError, certainly not stored: `MILLRACE_PRODUCE_REFUSED` (unknown topic, no permission),
   * `MILLRACE_PRODUCE_TOO_LARGE`, `MILLRACE_PRODUCE_RECORD_INVALID` (unknown partition, or not taken for what it is), `MILLRACE_PRODUCE_TIMED_OUT`, `MILLRACE_PRODUCE_BUFFER_FULL`
   * (with `onFull: 'reject'`), `MILLRACE_DRIVER_UNAUTHORIZED` (never let in), `MILLRACE_PRODUCE_CLOSED`.
   * May or may not be stored: `MILLRACE_PRODUCE_UNKNOWN`.
   */
  send(record: OutgoingRecord, signal?: AbortSignal): Promise<DeliveryReport>
  /** Sends what waits and resolves when all of it is answered. Rejects with `MILLRACE_PRODUCE_FLUSH_TIMED_OUT` and the unsent count. */
  flush(options?: { readonly timeoutMs?: number }): Promise<void>
  /** Flushes, then closes. Idempotent. */
  close(options?: { readonly timeoutMs?: number }): Promise<void>
}
