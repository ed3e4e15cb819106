import type { RawHeader, RawRecord } from '../receive/record.js'
import type { FailureStage } from './events.js'

/**
 * What watches the attempts of records from the inside: durations and traces. Everything else is told by events and snapshots. A
 * worker without one pays nothing for the possibility.
 */
export interface RecordInstrument {
  /**
   * Told of each attempt when it has ended: how, and how long it ran. Of synchronous attempts below 1 ms one in eight is measured, and
   * stands for the seven that follow.
   */
  readonly ran?: (handler: AttemptedHandler, end: AttemptEnd, durationMs: number, attempt: number) => void
  /** Called before each attempt. What it gives back stands around the attempt, and around what settles it. */
  readonly begin?: (record: AttemptedRecord, handler: AttemptedHandler) => RecordTrace
}

/** The handler of an attempt; the same object each time. */
export interface AttemptedHandler {
  readonly name: string
  readonly group: string
  readonly topic: { readonly name: string }
}

export interface AttemptedRecord {
  readonly raw: RawRecord
  readonly source: { readonly topic: string; readonly partition: number; readonly generation: number }
  readonly offset: bigint
  /** From 1. */
  readonly attempt: number
  /** That of the attempt before. */
  readonly trace: RecordTrace | undefined
}

export type AttemptEnd =
  | { readonly kind: 'succeeded' | 'declined' | 'interrupted' }
  | { readonly kind: 'failed'; readonly failure: { readonly stage: FailureStage; readonly error: Error } }

/** The trace of one attempt. */
export interface RecordTrace {
  /** Which logs and events of the record carry. */
  readonly traceId: string
  readonly spanId: string
  /** Runs something inside of it: what is begun there belongs to it. */
  run<Result>(call: () => Result): Result
  /** What outputs of the record carry on. */
  headers(): readonly RawHeader[]
  /** The attempt has ended. `handler` may be another one than at the beginning, where a route was chosen. */
  end(end: AttemptEnd, handler: AttemptedHandler): void
}
