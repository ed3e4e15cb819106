import type { HoldReason, PauseReason } from './events.js'

export type WorkerState = 'idle' | 'starting' | 'running' | 'stopping' | 'stopped' | 'failed'

/**
 * What became of every record that was received. Always
 * `received = processed + retried + deadLettered + skipped + abandoned + in flight`, with the last counted apart, so that
 * the equation can fail.
 */
export interface LedgerCounts {
  readonly received: number
  readonly processed: number
  /** Handed to a retry topic; retries in place are attempts of a record that stays in flight. */
  readonly retried: number
  readonly deadLettered: number
  readonly skipped: number
  /** Not settled when the lease ended: the next owner receives them again. */
  readonly abandoned: number
}

export interface InFlightCounts {
  readonly queued: number
  readonly running: number
  /** Handled, waiting for a retry delay, for the acknowledgement of a dead letter or for its transaction; or halted. */
  readonly awaiting: number
}

/** Everything about a worker that an operator may ask, without payloads and keys. Made on demand from plain counters. */
export interface WorkerSnapshot {
  readonly state: WorkerState
  /** Every member has joined once. */
  readonly hasStarted: boolean
  readonly isReady: boolean
  /** Why it is not ready: one line each. */
  readonly notReadyBecause: readonly string[]
  readonly groups: readonly GroupSnapshot[]
  /** Totals since the start, over all leases, ended ones included. */
  readonly handlers: readonly HandlerTotals[]
}

/** How the transactions of a group's exactly-once pipelines ended. */
export interface TransactionCounts {
  readonly committed: number
  /** Sent again, as long as the leases of their records lived. */
  readonly aborted: number
  /**
   * Another owner has taken over, or it was open for longer than its time-out: what leases that live had in it goes again. Or its
   * end could not be found out: nothing of it is sent again here, and where it was committed after all, its dead letters are neither
   * announced nor counted.
   */
  readonly fenced: number
}

/** Records of pipelines whose outcome is known, and which wait for their transaction. */
export interface DecidedSnapshot {
  readonly records: number
  /** Outputs and dead letters of them; a record without any counts for one, since it takes room, too. */
  readonly outputs: number
  /** Of the outputs and of the records themselves. */
  readonly bytes: number
}

export interface GroupSnapshot {
  readonly group: string
  /** Of a static member. */
  readonly instanceId?: string | undefined
  readonly isJoined: boolean
  readonly generation: number
  readonly rebalances: number
  /** Members that died, stalled ones included. */
  readonly deaths: number
  /** Members that lived and handed nothing over. */
  readonly stalls: number
  readonly commits: { readonly done: number; readonly failed: number }
  readonly transactions: TransactionCounts
  readonly decided: DecidedSnapshot
  readonly partitions: readonly PartitionSnapshot[]
}

/** What a record is at: in its queue, in its handler, between two attempts, waiting for the acknowledgement of its dead letter, or stuck for good. */
export type RecordDoing = 'queued' | 'running' | 'waiting' | 'settling' | 'halted'

/** The head of a lane, and what waits behind it. */
export interface LaneSnapshot {
  readonly offset: bigint
  readonly handler: string
  /** The attempt that runs or runs next, from 1. */
  readonly attempt: number
  readonly doing: RecordDoing
  /** For how long; not known of one that is queued. */
  readonly forMs?: number
  /** Why it is `waiting`. */
  readonly waitsFor?: HoldReason | 'retry'
  /** Records that wait until it is done. */
  readonly behind: number
}

/** The first record that is not settled, and why: what the watermark waits for. */
export interface Blockage {
  readonly offset: bigint
  /** `transaction`: it is decided, and its outputs are not stored yet. */
  readonly by: RecordDoing | 'transaction'
  readonly forMs?: number
}

export interface PartitionSnapshot {
  readonly topic: string
  readonly partition: number
  readonly generation: number
  /** The next offset such that everything before it is settled; of a pipeline, what is committed. */
  readonly watermark: bigint
  readonly committed: bigint
  readonly nextOffset: bigint
  readonly endOffset: bigint
  /** Records between the watermark and the end of the log. */
  readonly lag: number
  readonly inFlight: InFlightCounts
  /** Since when the oldest unsettled record is here. */
  readonly oldestUnsettledMs: number
  readonly pausedBecause: readonly PauseReason[]
  /** The `error-fingerprint` of the fault, while the brake holds its dead letters back. */
  readonly brakedBy?: string
  /** What is being worked on. Empty where nothing is here. */
  readonly lanes: readonly LaneSnapshot[]
  /** Left out where everything is settled. */
  readonly blockedBy?: Blockage
  /** Why the driver can not read it at present. */
  readonly unreadableBecause?: string
  readonly ledger: LedgerCounts
}

export interface HandlerTotals extends LedgerCounts {
  readonly group: string
  readonly topic: string
  readonly handler: string
  readonly inFlight: number
  readonly attempts: number
  readonly retriesInPlace: number
  readonly lateResults: number
  readonly deadLetterFailures: number
}
