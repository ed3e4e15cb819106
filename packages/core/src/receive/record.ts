/**
 * One header as it stood on the wire: names may repeat, need not be UTF-8, and their order is part of the record. Records may share
 * the bytes of a name: never write into them.
 */
export type RawHeader = readonly [name: Buffer, value: Buffer | null]

/**
 * One Kafka record, bytes untouched. Its offset is `batch.baseOffset + offsetDelta`: the pipeline counts in small
 * numbers and makes a bigint only where somebody asks for one.
 *
 * `key`, `value` and `headers` are views into what was fetched: an inflated batch, or the whole answer where nothing was compressed.
 * A record that is kept keeps all of that in memory. Copy the bytes of what is kept for long (`Buffer.from(value)`). Fields may be getters that make their value
 * when they are read: take them by name, a spread of a record may leave them out.
 */
export interface RawRecord {
  /** Distance from the batch's `baseOffset`, at least 0 and below 2^31. */
  readonly offsetDelta: number
  /** Epoch milliseconds; -1 where the producer set none. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly RawHeader[]
  /** Bytes of key, value and headers together: what the buffers are bounded by. */
  readonly sizeBytes: number
}

/** What a driver hands over for one lease: records in offset order, and where the log goes on after them. */
export interface ReceivedBatch {
  readonly baseOffset: bigint
  /** May be empty: a batch of control records, an aborted transaction or a compacted range still moves `nextOffset`. */
  readonly records: readonly RawRecord[]
  /** The next offset to read. Everything below it was handed over or will never exist for this reader. */
  readonly nextOffset: bigint
  /** The end of what a `read_committed` reader may see (last stable offset) when this batch was fetched. */
  readonly endOffset: bigint
}

/** Where a record stands. Stable over redelivery, which is why it serves as an identity. */
export interface Position {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
}
