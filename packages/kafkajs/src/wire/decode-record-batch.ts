import type { RawRecord } from '@millrace/core'
import { ByteReader } from './byte-reader.js'
import { decompress } from './compression.js'
import type { DecodeLimits } from './decode-limits.js'
import { DecodedRecord } from './decoded-record.js'
import { BATCH_HEADER_BYTES, type BatchHeader } from './read-batch-header.js'
import { WireFault } from './wire-fault.js'

const MIN_HEADER_BYTES = 2

/** Where a batch's records stand relative to the offset that the caller counts from, and where he starts. */
export interface OffsetWindow {
  /** The batch's base offset as a distance from the caller's base; negative when the batch begins before it. */
  readonly batchDelta: number
  /** Records below this distance are checked and left out. */
  readonly fromDelta: number
}

/** The records of a batch behind its header, inflated where it is compressed. */
export function readRecordBytes(header: BatchHeader, limits: DecodeLimits): Buffer {
  const stored = header.bytes.subarray(BATCH_HEADER_BYTES)
  if (header.recordCount > limits.maxRecords) {
    throw new WireFault('too-large', `${header.recordCount} records in a batch, ${limits.maxRecords} allowed`)
  }
  // Compaction keeps an emptied batch for its offsets and producer state.
  if (header.recordCount === 0) return stored.subarray(0, 0)
  return decompress(header.codecId, stored, limits.maxInflatedBytes)
}

/**
 * Decodes every record of `recordBytes` and appends those inside the window to `records`. Throws a `WireFault` for anything
 * that does not add up, with `records` as long as it was.
 */
export function decodeRecords(
  header: BatchHeader,
  recordBytes: Buffer,
  { batchDelta, fromDelta }: OffsetWindow,
  limits: DecodeLimits,
  records: RawRecord[],
): void {
  const { recordCount, firstTimestamp, logAppendTime, lastOffsetDelta } = header
  const source = { bytes: recordBytes, firstTimestamp, logAppendTime, names: [] }
  const before = records.length
  const reader = new ByteReader(recordBytes)
  try {
    let previous = -1
    for (let left = recordCount; left > 0; left -= 1) {
      const end = readRecordEnd(reader)
      reader.skip(1) // attributes: unused so far
      const timestampDelta = reader.readVarlong()
      const offsetDelta = reader.readVarint()
      if (offsetDelta <= previous || offsetDelta > lastOffsetDelta) {
        throw new WireFault('corrupt', `offset delta ${offsetDelta} after ${previous}, last is ${lastOffsetDelta}`)
      }
      previous = offsetDelta
      const keyAt = reader.position
      const keySize = reader.skipNullable()
      const valueAt = reader.position
      const valueSize = reader.skipNullable()
      const headersAt = reader.position
      const size = keySize + valueSize + skipHeaders(reader, limits.maxHeaders)
      if (reader.position !== end) throw new WireFault('corrupt', 'a record and its length differ')
      const delta = batchDelta + offsetDelta
      if (delta < fromDelta) continue
      records.push(new DecodedRecord(source, delta, timestampDelta, keyAt, valueAt, headersAt, size))
    }
    if (reader.remaining !== 0) throw new WireFault('corrupt', `${reader.remaining} bytes behind the last record`)
  } catch (error) {
    records.length = before
    throw error
  }
}

function readRecordEnd(reader: ByteReader): number {
  const length = reader.readVarint()
  if (length < 0 || length > reader.remaining) throw new WireFault('corrupt', `a record of ${length} bytes`)
  return reader.position + length
}

/** Walks over the headers, checking each length, and returns their bytes without the framing. */
function skipHeaders(reader: ByteReader, maxHeaders: number): number {
  const count = reader.readVarint()
  if (count === 0) return 0
  if (count < 0 || count * MIN_HEADER_BYTES > reader.remaining) throw new WireFault('corrupt', `${count} headers`)
  if (count > maxHeaders) throw new WireFault('too-large', `${count} headers in a record, ${maxHeaders} allowed`)
  let size = 0
  for (let left = count; left > 0; left -= 1) {
    const nameLength = reader.readVarint()
    reader.skip(nameLength)
    size += nameLength + reader.skipNullable()
  }
  return size
}
