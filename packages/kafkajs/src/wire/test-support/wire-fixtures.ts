import type { RawRecord } from '@millrace/core'
import { crc32c } from '../crc32c.js'
import type { FetchedRecords } from '../decode-partition.js'
import { type BatchRecord, encodeRecordBatch, type RecordBatchOptions } from '../encode-record-batch.js'

const CONTROL = 0x20

export const record = (value: string | null, more: Partial<BatchRecord> = {}): BatchRecord => ({
  key: null,
  value: value === null ? null : Buffer.from(value),
  timestamp: 1_700_000_000_000,
  ...more,
})

/** Gives a batch the base offset that a broker would. The CRC does not cover it. */
export function at(offset: bigint, batch: Buffer): Buffer {
  const placed = Buffer.from(batch)
  placed.writeBigInt64BE(offset, 0)
  return placed
}

/** Changes a batch behind its CRC and makes the CRC right again: what a hostile writer would do. */
export function forge(batch: Buffer, change: (bytes: Buffer) => void): Buffer {
  const forged = Buffer.from(batch)
  change(forged)
  forged.writeUInt32BE(crc32c(forged, 21), 17)
  return forged
}

/** A batch whose records section is given as bytes. */
export function forgeRecords(section: Buffer, { count = 1, lastOffsetDelta = 0, attributes = 0 } = {}): Buffer {
  const header = encodeRecordBatch([record('')]).subarray(0, 61)
  return forge(Buffer.concat([header, section]), (bytes) => {
    bytes.writeInt32BE(bytes.length - 12, 8)
    bytes.writeInt16BE(attributes, 21)
    bytes.writeInt32BE(lastOffsetDelta, 23)
    bytes.writeInt32BE(count, 57)
  })
}

export const marker = (offset: bigint, producerId: bigint, type: 'abort' | 'commit' = 'abort'): Buffer => {
  const key = Buffer.from([0, 0, 0, type === 'abort' ? 0 : 1])
  const value = Buffer.from([0, 0, 0, 0, 0, 0])
  const batch = encodeRecordBatch([record(null, { key, value })], {
    producer: { id: producerId, epoch: 0, baseSequence: -1 },
    isTransactional: true,
  })
  return at(
    offset,
    forge(batch, (bytes) => bytes.writeInt16BE(bytes.readInt16BE(21) | CONTROL, 21)),
  )
}

export const transactional = (offset: bigint, producerId: bigint, ...records: BatchRecord[]): Buffer =>
  at(offset, encodeRecordBatch(records, { ...asProducer(producerId), isTransactional: true }))

export const asProducer = (id: bigint): RecordBatchOptions => ({ producer: { id, epoch: 0, baseSequence: 0 } })

export const fetched = (batches: readonly Buffer[], more: Partial<FetchedRecords> = {}): FetchedRecords => ({
  highWatermark: 1_000n,
  lastStableOffset: 900n,
  abortedTransactions: [],
  records: Buffer.concat(batches),
  ...more,
})

export const values = (records: readonly RawRecord[]): (string | null)[] =>
  records.map(({ value }) => (value === null ? null : value.toString()))
