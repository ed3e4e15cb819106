import type { RawHeader } from '@millrace/core'

/** A record on its way into a topic, byte by byte. Header names are UTF-8: not every client writes others. */
export interface ClusterRecord {
  /** Default 0. */
  readonly partition?: number
  /** Default null. */
  readonly key?: Buffer | null
  readonly value: Buffer | null
  readonly headers?: readonly RawHeader[]
  /** Epoch milliseconds. Default now. */
  readonly timestamp?: number
}

/** A record as it stands in a topic. */
export interface StoredClusterRecord extends Required<ClusterRecord> {
  readonly offset: bigint
}

export interface PartitionAt {
  readonly topic: string
  readonly partition: number
}

export type CommittedAt = PartitionAt & { readonly offset: bigint; readonly metadata: string | null }

/** Offsets of a topic that a transaction commits for a group. */
export interface PendingOffsets {
  readonly group: string
  readonly topic: string
  readonly offsets: ReadonlyMap<number, bigint>
}

export interface WriteOptions {
  /** Wraps the records in one transaction and ends it. Needs `canTransact`. */
  readonly transaction?: 'commit' | 'abort'
  /** Where a cluster does not compress, nothing is lost by ignoring it. */
  readonly compression?: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd'
}

/**
 * The cluster as somebody sees it who has nothing to do with the driver: what a rule knows about the truth comes from here.
 * Every call resolves when the cluster has done it, so that the driver sees it from then on.
 */
export interface ClusterView {
  readonly canTransact: boolean
  /** Resolves when it can be written to. `deleteRecords` is the only thing that may remove records from it. */
  createTopic(
    topic: string,
    options: { readonly partitions: number; readonly maxMessageBytes?: number; readonly retentionMs?: number },
  ): Promise<void>
  deleteTopic(topic: string): Promise<void>
  topicNames(): Promise<readonly string[]>
  /** In order; resolves with the offset of each. */
  write(topic: string, records: readonly ClusterRecord[], options?: WriteOptions): Promise<readonly bigint[]>
  /** Writes the records in a transaction that stays open until it is ended, and adds offsets to it. Needs `canTransact`. */
  openTransaction(
    topic: string,
    records: readonly ClusterRecord[],
    offsets?: PendingOffsets,
  ): Promise<{ commit(): Promise<void>; abort(): Promise<void> }>
  /** What a read_committed reader sees, by partition and offset. */
  read(topic: string): Promise<readonly StoredClusterRecord[]>
  /** Ends of the partitions of a topic as a read_committed reader sees them. */
  endOffsets(topic: string): Promise<ReadonlyMap<number, bigint>>
  /** Moves the beginning of a partition up, as retention does. */
  deleteRecords(topic: string, partition: number, before: bigint): Promise<void>
  committed(group: string): Promise<readonly CommittedAt[]>
  /** For a group without members. */
  setCommitted(group: string, at: PartitionAt, offset: bigint): Promise<void>
  /** What each member of a group owns; empty for a group without members. */
  members(group: string): Promise<readonly (readonly PartitionAt[])[]>
  /** Throws every member out, as an ended session does. */
  evict?(group: string): Promise<void>
  /** Creates a compacted topic of one partition with gaps between its records, the last of them before its last record. */
  createCompacted?(topic: string): Promise<void>
}
