import type { DriverEvent } from '../observe/events.js'
import type { Sender } from '../produce/sender.js'
import type { TransactionalSender } from '../produce/transactional-sender.js'
import type { ReceivedBatch } from './record.js'

/**
 * The port between the pipeline and a Kafka client. A driver moves bytes and owns group membership; it knows nothing of
 * decoding, retries or handlers. No type of its client crosses this line.
 */
export interface Driver {
  readonly name: string
  readonly capabilities: DriverCapabilities
  /**
   * Looks topics up without creating any. A name that the cluster does not know is absent from the answer.
   * @throws MillraceError `MILLRACE_DRIVER_UNREACHABLE` when no broker answered within the bounded retries,
   * `MILLRACE_DRIVER_UNAUTHORIZED` when the cluster refused the credentials or the topic.
   */
  describeTopics(names: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, TopicDescription>>
  /**
   * Starts one member of one group and returns at once; what happens to it arrives at `events`.
   * A member that died is never revived: the caller joins again and gets a new one.
   */
  join(options: MemberOptions, events: MemberEvents): Member
  /** Opens a sender with its own connections and producer id. */
  openSender(options?: Partial<SenderOptions>): Promise<Sender>
  /**
   * Opens a transactional producer with its own connections, and fences whoever held its id before. Needs the capability
   * `transactions`.
   * @throws MillraceError `MILLRACE_DRIVER_TRANSACTIONS_UNSUPPORTED` when the brokers are too old to fence offsets by generation,
   * `MILLRACE_DRIVER_UNREACHABLE`, `MILLRACE_DRIVER_UNAUTHORIZED`.
   */
  openTransactions(options: TransactionOptions, signal: AbortSignal): Promise<TransactionalSender>
  /** Closes connections that belong to no member and no sender. Idempotent. */
  close(): Promise<void>
}

/** What a driver can do beyond the basics. */
export interface DriverCapabilities {
  /** Transactions whose offsets are fenced by generation, and starts that wait for pending ones (KIP-447). */
  readonly transactions: boolean
  readonly staticMembership: boolean
}

export interface TopicDescription {
  readonly name: string
  readonly partitions: number
  /** Largest record batch the topic takes, in bytes, where the cluster tells. */
  readonly maxMessageBytes?: number
  /** How long records are kept, in milliseconds; -1 is for ever. Where the cluster tells. */
  readonly retentionMs?: number
}

export interface MemberOptions {
  readonly group: string
  readonly topics: readonly string[]
  readonly sessionTimeoutMs: number
  readonly heartbeatIntervalMs: number
  /** How long the group waits for a member that drains. Always above `revokeDrainMs`. */
  readonly rebalanceTimeoutMs: number
  /** How long `onRevoked` may take, the last commit included, before the driver goes on without it. */
  readonly revokeDrainMs: number
  /** Where a group without a committed offset begins. A start at `latest` is committed before anything is handed over, so a restart keeps it. */
  readonly startFrom: 'earliest' | 'latest'
  /** Where a lease goes on when its offset is no longer in the log. */
  readonly outOfRange: 'earliest' | 'latest' | 'fail'
  /** Upper limit of one fetch answer per partition, bytes. */
  readonly maxBytesPerPartition: number
  /** Static membership (KIP-345); needs the capability. The elder of two members with one id ends with `MILLRACE_DRIVER_INSTANCE_FENCED`. */
  readonly instanceId?: string | undefined
}

/**
 * How a driver speaks to the pipeline. `onAssigned` and `onRevoked` are awaited; `onRecords` is synchronous and never
 * throws. Records of a lease arrive only between the two.
 */
export interface MemberEvents {
  /**
   * A generation began. An empty list is a member without partitions: joined, idle, healthy. Where it throws or rejects, nobody
   * works on the leases: the member must not go on with them, but leave the group and end.
   */
  onAssigned(leases: readonly Lease[], generation: number): Promise<void> | void
  /**
   * The leases are about to end. Resolves when their work is finished and committed, or given up; bounded by
   * `revokeDrainMs`, after which the driver goes on. When it returns or the bound has passed, the leases are fenced.
   * `lost` says that the group has already taken them away: nothing can be committed any more.
   */
  onRevoked(leases: readonly Lease[], reason: { readonly lost: boolean }): Promise<void> | void
  /** Hands a batch over. The first answer of each lease is handed over even when it is empty, and so is a moved `nextOffset`. */
  onRecords(lease: Lease, batch: ReceivedBatch): void
  /**
   * Something about the member or one of its partitions that an operator wants to see; the member goes on. A partition that
   * can't be read is told once as `partition.failed`, and then as `partition.recovered` or by the end of its lease.
   */
  onEvent(event: DriverEvent): void
  /** The member is dead: exactly once, last of all calls, with leases ended before it. Not called after `leave()`. */
  onFatal(error: Error): void
}

/** One assignment of one partition in one generation. After it ended, nothing it held may commit. */
export interface Lease {
  readonly topic: string
  readonly partition: number
  /** The generation it belongs to. */
  readonly epoch: number
  /** The first offset that will be handed over. */
  readonly startOffset: bigint
  readonly isLive: boolean
  /** Stops fetching for this partition: what one fetch answer already holds may still arrive. */
  pause(): void
  /** Fetches again. */
  resume(): void
  /** Moves the next fetch. Batches fetched before it are dropped. Throws `MILLRACE_DRIVER_LEASE_ENDED` on an ended lease. */
  seek(offset: bigint): void
}

export type LogPlace = 'earliest' | 'latest' | { readonly timestamp: number }

export interface LeaseCommit {
  readonly lease: Lease
  /** The next offset to read. */
  readonly offset: bigint
  readonly metadata?: string
}

export interface Member {
  /**
   * Commits in one request to the group's coordinator.
   * @throws MillraceError `MILLRACE_DRIVER_LEASE_ENDED`, without touching the network, when any of the leases has ended;
   * `MILLRACE_DRIVER_COMMIT_REFUSED` when the group answered that this member no longer owns them; `MILLRACE_DRIVER_COMMIT_FAILED`
   * (retriable) for everything else.
   */
  commit(commits: readonly LeaseCommit[], signal: AbortSignal): Promise<void>
  /**
   * Asks the leaders where the logs of these leases end for a `read_committed` reader (last stable offset). A partition that
   * can't be asked is absent from the answer. Bounded, never rejects; when the signal aborts it answers with what it has.
   */
  endOffsets(leases: readonly Lease[], signal: AbortSignal): Promise<ReadonlyMap<Lease, bigint>>
  /**
   * Where these logs begin or end, or where their records of this time (epoch ms) and later begin: at the end where there are none.
   * A partition that can't be asked is absent. Bounded, never rejects. A driver without it can't seek by any of these.
   */
  findOffsets?(leases: readonly Lease[], at: LogPlace, signal: AbortSignal): Promise<ReadonlyMap<Lease, bigint>>
  /** Stops fetching, ends every lease through `onRevoked`, leaves the group and closes. Idempotent, bounded, never rejects. */
  leave(): Promise<void>
}

export interface SenderOptions {
  /** How long a partition's open batch waits for company, ms. An upper limit. */
  readonly lingerMs: number
  /** Size at which a batch is sent without waiting, bytes. */
  readonly maxBatchBytes: number
  readonly compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
  /** How long one record may take from `send` to its answer, ms. */
  readonly deliveryTimeoutMs: number
  /** Bytes that may wait for acknowledgement. */
  readonly maxBufferedBytes: number
  /** Whether a record that finds no room waits for it, or is refused. */
  readonly onFull: 'wait' | 'reject'
}

export interface TransactionOptions extends Partial<Pick<SenderOptions, 'compression' | 'lingerMs' | 'maxBatchBytes'>> {
  /** Stands for one producer. Whoever opens the same id later fences this one and aborts what it has open. */
  readonly transactionalId: string
  /** After which the broker aborts a transaction that is still open, ms. A dead producer holds readers up for so long at most. */
  readonly transactionTimeoutMs: number
}
