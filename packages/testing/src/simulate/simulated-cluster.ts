import type { Driver, Position } from '@millrace/core'
import type { Actor } from './world.js'

/** A record as a schedule sends it. A record without a partition goes to the first. */
export interface SimulatedRecord {
  readonly topic: string
  readonly partition?: number
  readonly key?: string | Buffer | null
  readonly value: string | Buffer | null
  /** What must become of it. Left out: either. */
  readonly becomes?: 'processed' | 'dead-lettered'
}

/** A record as it can be read at the end. */
export interface SimulatedView {
  readonly partition: number
  readonly offset: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [name: string, value: string])[]
}

export interface SeenOffset {
  readonly group: string
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly generation: number
}

/** What the workers of a schedule run on, and what the schedule does to it. */
export interface SimulatedCluster {
  /** The driver of one process, which is the one whose code runs. */
  driverOf(actor: Actor): Driver
  /** Undefined where it can't be taken now. */
  send(record: SimulatedRecord): Position | undefined
  committed(group: string, topic: string, partition: number): bigint | undefined
  /** Where the group is now. */
  generation(group: string): number
  endOffset(topic: string, partition: number): bigint
  /** What a `read_committed` reader sees. */
  readable(topic: string): readonly SimulatedView[]
  /** Told in the turn in which a commit is stored. */
  onCommit(listener: (commit: SeenOffset) => void): void
  /** The process is dead; `lost` says what becomes of what it had sent. */
  died(actor: Actor, lost: 'requests' | 'answers'): void
  /** The process stands still: where a session is more than heartbeats, it begins to run out. */
  froze?(actor: Actor): void
  cut(actor: Actor, lost: 'requests' | 'answers'): void
  rebalance(): void
  restart(downMs: number): void
  holdMarkers(ms: number): void
  /** Some of the next requests are not answered as they should be; which, follows from the number. */
  spoilAnswers(seed: number): void
  /** What the cluster itself found wrong. */
  violations(): readonly string[]
  close(): Promise<void>
}
