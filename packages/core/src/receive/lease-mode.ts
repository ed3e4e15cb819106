import type { PauseReason } from '../observe/events.js'
import type { Ledger, SettledAs } from '../observe/ledger.js'
import type { Step } from '../process/step.js'
import type { Brake } from './brake.js'
import type { Lease } from './driver.js'
import type { LeaseLane, PartitionParts } from './partition-parts.js'
import type { RawRecord } from './record.js'
import type { ReceivedRecord, RecordSource } from './received-record.js'

/** How the last word of a lane on a record is counted. */
export type FinalStep = Exclude<Step, { readonly kind: 'again' | 'halted' }>

/** How many records, and how large they are together. */
export interface Forgotten {
  readonly count: number
  readonly bytes: number
}

/** A lease as its mode sees it. Offsets are distances from its first one. */
export interface LeaseHost {
  readonly lease: Lease
  readonly source: RecordSource
  readonly state: 'open' | 'draining' | 'ended'
  readonly ledger: Ledger
  readonly lane: LeaseLane
  readonly parts: PartitionParts
  readonly brake: Brake | undefined
  /** Aborts when the lease begins to drain. */
  readonly draining: AbortSignal
  /** Aborts when the lease is over. */
  readonly ended: AbortSignal
  committed: bigint
  readonly watermark: bigint
  pauseFor(reason: PauseReason): void
  resumeFrom(reason: PauseReason): void
  /** Counts a record that the lane is done with and gives its room back. False when the lease has ended: nothing moves any more. */
  settle(record: ReceivedRecord, as: SettledAs): boolean
  /** Gives back the room of records that were taken in. */
  release(count: number, bytes: number): void
  /** Forgets everything that the mode has not promised to finish. */
  forgetQueued(): void
  /** So many more records are settled: says so where it has caught up. */
  settledUpTo(): void
}

/**
 * What the ways to finish the records of a lease differ in: when a record reaches the lane, what the end of its run means,
 * and how far the lease may be committed.
 */
export interface LeaseMode {
  /** Records that wait in front of the lane. */
  readonly held: number
  /** What may be committed. In a pipeline, what is. */
  readonly committable: number
  /** Everything before it is settled. */
  readonly settled: number
  /** Aborts when the lane must start nothing more. */
  readonly laneOver: AbortSignal
  /** Takes a batch; `end` is where the log goes on behind it. */
  receive(records: readonly RawRecord[], shift: number, end: number): void
  /** Called before the lane runs. */
  admit(): Promise<void> | undefined
  /** The lane's last word on a record. Where a promise comes back, the lane goes on when it resolves. */
  finish(record: ReceivedRecord, step: FinalStep): Promise<void> | undefined
  /** Forgets what is queued and was not promised. */
  forget(): Forgotten
  /** The lease is over. */
  end(): void
}

/** How a step that is final is counted. */
export const settledAs: Readonly<Record<FinalStep['kind'], SettledAs>> = {
  processed: 'processed',
  retried: 'retried',
  'dead-lettered': 'deadLettered',
  skipped: 'skipped',
  abandoned: 'abandoned',
}
