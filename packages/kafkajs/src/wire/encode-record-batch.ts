import type { OutgoingRecord } from '@millrace/core'
import { ByteWriter, sizeOfNullable, sizeOfVarint } from './byte-writer.js'
import { type CompressionName, compress, compressionIds } from './compression.js'
import { crc32c } from './crc32c.js'
import { BATCH_HEADER_BYTES } from './read-batch-header.js'

/** One record of a batch: an outgoing record whose partition and time are settled. */
export type BatchRecord = Pick<OutgoingRecord, 'key' | 'value' | 'headers'> & { readonly timestamp: number }

export interface RecordBatchOptions {
  readonly compression?: CompressionName
  /** With a producer id: idempotent. The broker drops a batch it has already stored under the same id, epoch and sequence. */
  readonly producer?: {
    readonly id: bigint
    readonly epoch: number
    /** Sequence of the first record; 2147483647 is followed by 0. */
    readonly baseSequence: number
  }
  readonly isTransactional?: boolean
}

const NO_PRODUCER = { id: -1n, epoch: -1, baseSequence: -1 }
const TRANSACTIONAL = 0x10
const MAGIC = 2
/** Length (5), attributes (1), timestamp delta (10) and offset delta (5), each at its largest. */
const MAX_RECORD_FRAMING = 21

/** Upper limit of what a record adds to an uncompressed batch, in bytes. */
export function estimateRecordSize(record: Pick<OutgoingRecord, 'key' | 'value' | 'headers'>): number {
  return MAX_RECORD_FRAMING + sizeOfContent(record)
}

/** Encodes at least one record into one batch (magic 2), offsets counting from 0 as a Produce request wants them. */
export function encodeRecordBatch(records: readonly BatchRecord[], options: RecordBatchOptions = {}): Buffer {
  const first = records[0]
  if (first === undefined) throw new RangeError('a record batch needs a record')
  const packed = packRecords(encodeRecords(records, first.timestamp), options.compression ?? 'none')
  const { id, epoch, baseSequence } = options.producer ?? NO_PRODUCER

  const writer = new ByteWriter(BATCH_HEADER_BYTES + packed.bytes.length)
  writer.writeInt64(0n) // base offset: the broker's to give
  writer.writeInt32(writer.bytes.length - 12)
  writer.writeInt32(-1) // partition leader epoch: the broker's to give
  writer.writeInt8(MAGIC)
  writer.writeInt32(0) // CRC, below
  writer.writeInt16(compressionIds[packed.codec] | (options.isTransactional === true ? TRANSACTIONAL : 0))
  writer.writeInt32(records.length - 1)
  writer.writeInt64(BigInt(first.timestamp))
  writer.writeInt64(BigInt(latestOf(records)))
  writer.writeInt64(id)
  writer.writeInt16(epoch)
  writer.writeInt32(baseSequence)
  writer.writeInt32(records.length)
  writer.writeBytes(packed.bytes)
  writer.bytes.writeUInt32BE(crc32c(writer.bytes, 21), 17)
  return writer.bytes
}

/** Keeps the records as they are where compression would make them larger. */
function packRecords(
  plain: Buffer,
  codec: CompressionName,
): { readonly codec: CompressionName; readonly bytes: Buffer } {
  if (codec === 'none') return { codec, bytes: plain }
  const bytes = compress(codec, plain)
  return bytes.length < plain.length ? { codec, bytes } : { codec: 'none', bytes: plain }
}

function encodeRecords(records: readonly BatchRecord[], firstTimestamp: number): Buffer {
  const sizes = new Int32Array(records.length)
  let total = 0
  for (const [index, record] of records.entries()) {
    const size = 1 + sizeOfVarint(record.timestamp - firstTimestamp) + sizeOfVarint(index) + sizeOfContent(record)
    sizes[index] = size
    total += sizeOfVarint(size) + size
  }
  const writer = new ByteWriter(total)
  for (const [index, record] of records.entries()) {
    const { key, value, headers = [] } = record
    writer.writeVarint(sizes[index] ?? 0)
    writer.writeInt8(0) // attributes: unused so far
    writer.writeVarint(record.timestamp - firstTimestamp)
    writer.writeVarint(index)
    writer.writeNullable(key)
    writer.writeNullable(value)
    writer.writeVarint(headers.length)
    for (const [name, headerValue] of headers) {
      writer.writeNullable(name)
      writer.writeNullable(headerValue)
    }
  }
  return writer.bytes
}

function sizeOfContent({ key, value, headers = [] }: Pick<OutgoingRecord, 'key' | 'value' | 'headers'>): number {
  let size = sizeOfNullable(key) + sizeOfNullable(value) + sizeOfVarint(headers.length)
  for (const [name, headerValue] of headers) size += sizeOfNullable(name) + sizeOfNullable(headerValue)
  return size
}

function latestOf(records: readonly BatchRecord[]): number {
  let latest = -1
  for (const { timestamp } of records) latest = Math.max(latest, timestamp)
  return latest
}
