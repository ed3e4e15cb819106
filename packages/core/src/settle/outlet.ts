import type { OutgoingRecord } from '../produce/sender.js'
import type { LeaseCommit } from '../receive/driver.js'

/** One transaction of a pipeline, or what stands in its place. It ends by `commit` or by `abort`. */
export interface Outflow {
  send(record: OutgoingRecord): Promise<unknown>
  /** Resolves when everything that was sent and these offsets are stored. The signal cuts it short where that is still possible. */
  commit(offsets: readonly LeaseCommit[], signal: AbortSignal): Promise<void>
  /** Never rejects. */
  abort(): Promise<void>
}

export interface StoredFacts {
  readonly partitions: number
  readonly records: number
  readonly outputs: number
  readonly durationMs: number
}

/**
 * What a failure means for what was in it. `aborted`: nothing of it is stored, and the same goes again. `fenced`: so it is, but the
 * leases have ended or are about to, and only those that live go again. `unknown`: it may be stored, so it never goes again.
 */
export type OutletFailure = 'aborted' | 'fenced' | 'unknown'

export interface OutletCounts {
  readonly stored: number
  readonly failed: number
  readonly lost: number
}

/** Where the outputs of a group's pipelines go together with their offsets, and who is told how that went. */
export interface Outlet {
  readonly counts: OutletCounts
  begin(): Outflow
  judge(error: Error): OutletFailure
  stored(facts: StoredFacts): void
  failed(error: Error, records: number): void
  lost(error: Error): void
}
