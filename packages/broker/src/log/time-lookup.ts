import type { BatchStore } from './batch-store.js'
import { batchField, readBatchHeader } from './record-batch.js'
import { readRecords } from './read-records.js'

export interface TimedOffset {
  readonly offset: bigint
  readonly timestamp: bigint
}

/** Kafka's answer where there is no such record. */
export const noOffset: TimedOffset = { offset: -1n, timestamp: -1n }

/**
 * The first record at or after `timestamp`, as Kafka looks for it: the first batch whose highest timestamp reaches it, and in that
 * batch the first record that does. In a log whose times go back and forth this is not the earliest record in time.
 */
export function firstAtOrAfter(store: BatchStore, timestamp: bigint): TimedOffset {
  for (const batch of store.batchesReaching(timestamp)) {
    const found = findIn(batch, store.startOffset, (record) => record.timestamp >= timestamp)
    if (found !== undefined) return found
  }
  return noOffset
}

/** The first record with the highest timestamp of all (KIP-734). */
export function latestByTime(store: BatchStore): TimedOffset {
  let highest: Buffer | undefined
  let timestamp = -1n
  for (const batch of store.batches()) {
    const max = batch.readBigInt64BE(batchField.maxTimestamp)
    if (highest !== undefined && max <= timestamp) continue
    highest = batch
    timestamp = max
  }
  if (highest === undefined) return noOffset
  return findIn(highest, store.startOffset, (record) => record.timestamp >= timestamp) ?? noOffset
}

/** Where a batch cannot be opened, its first offset and highest timestamp are what is known of it. */
function findIn(batch: Buffer, start: bigint, matches: (record: TimedOffset) => boolean): TimedOffset | undefined {
  const records = readRecords(batch)
  if (records === undefined) {
    const { baseOffset, maxTimestamp } = readBatchHeader(batch)
    return { offset: baseOffset < start ? start : baseOffset, timestamp: maxTimestamp }
  }
  const found = records.find((record) => record.offset >= start && matches(record))
  return found === undefined ? undefined : { offset: found.offset, timestamp: found.timestamp }
}
