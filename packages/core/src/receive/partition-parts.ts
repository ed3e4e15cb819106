import type { HandlerPlan } from '../declare/plan.js'
import type { Clock } from '../observe/clock.js'
import type { Events } from '../observe/events.js'
import type { BackPressure } from './back-pressure.js'
import type { Brake } from './brake.js'
import type { LeaseHost, LeaseMode } from './lease-mode.js'
import type { LeasedPartition } from './leased-partition.js'
import type { RawRecord } from './record.js'
import type { ReceivedRecord, RecordSource } from './received-record.js'

/** The queue of a lease: what process/ runs. */
export interface LeaseLane {
  readonly size: number
  push(records: readonly RawRecord[], shift: number): void
  head(): ReceivedRecord | undefined
  clearBehindHead(): { readonly count: number; readonly bytes: number }
}

/** Which offsets of a lease are settled: kept by settle/. */
export interface LeaseWatermark {
  readonly committable: number
  receive(delta: number): void
  closeBatch(end: number): void
  settle(delta: number): boolean
}

export interface PartitionParts {
  readonly handler: HandlerPlan
  readonly clock: Clock
  readonly events: Events
  readonly backPressure: BackPressure
  readonly createLane: (source: RecordSource) => LeaseLane
  readonly createWatermark: () => LeaseWatermark
  /** Set for a pipeline: its records are settled by what their outputs are stored with. */
  readonly createPipeline?: ((host: LeaseHost) => LeaseMode) | undefined
  /** Left out where dead letters are never held back. */
  readonly createBrake?: (host: LeaseHost) => Brake
  /** Runs the lane until it is empty, halted, or the lease drains. Never rejects. */
  readonly run: (partition: LeasedPartition) => Promise<void>
  /** Commits what this lease may commit; resolves when it is answered. */
  readonly flush: () => Promise<void>
  /** So many records are settled; 0 where the watermark moved without one. */
  readonly onSettled: (count: number) => void
  readonly onIdle: () => void
}
