import { ByteReader, readVarint, readVarlong } from '@millrace/broker/protocol'
import { crc32c } from './build-batch.js'

const overhead = 61

/**
 * The records of an answer field by field, as plain data: what is the same in two brokers must be equal here, up to the
 * number of bytes of a batch that was cut.
 */
export function readBatches(bytes: Buffer): readonly unknown[] {
  const batches: unknown[] = []
  for (let at = 0; at < bytes.length; ) {
    const size = bytes.length - at >= overhead ? 12 + bytes.readInt32BE(at + 8) : Number.POSITIVE_INFINITY
    if (size > bytes.length - at) {
      batches.push({ cutAfter: bytes.length - at })
      break
    }
    batches.push(readBatch(bytes.subarray(at, at + size)))
    at += size
  }
  return batches
}

function readBatch(bytes: Buffer): unknown {
  const attributes = bytes.readInt16BE(21)
  const count = bytes.readInt32BE(57)
  return {
    baseOffset: bytes.readBigInt64BE(0),
    size: bytes.length,
    leaderEpoch: bytes.readInt32BE(12),
    magic: bytes.readInt8(16),
    crc: bytes.readUInt32BE(17) === crc32c(bytes.subarray(21)) ? 'right' : 'wrong',
    attributes,
    lastOffsetDelta: bytes.readInt32BE(23),
    baseTimestamp: bytes.readBigInt64BE(27),
    maxTimestamp: bytes.readBigInt64BE(35),
    producerId: bytes.readBigInt64BE(43),
    producerEpoch: bytes.readInt16BE(51),
    baseSequence: bytes.readInt32BE(53),
    count,
    // What is compressed is the same bytes as were sent: their size and checksum say that.
    records:
      (attributes & 0x07) === 0
        ? readRecords(bytes.subarray(overhead), count, (attributes & 0x20) !== 0)
        : 'compressed',
  }
}

function readRecords(bytes: Buffer, count: number, isControl: boolean): readonly string[] {
  const reader = new ByteReader(bytes)
  const show = (field: Buffer | null): string =>
    isControl ? (field?.toString('hex') ?? '') : (field?.toString() ?? 'null')
  return Array.from({ length: count }, () => {
    readVarint(reader) // its length
    reader.int8()
    const timestampDelta = readVarlong(reader)
    const offsetDelta = readVarint(reader)
    const key = readField(reader)
    const value = readField(reader)
    const headers = readVarint(reader)
    for (let left = headers; left > 0; left -= 1) {
      readField(reader)
      readField(reader)
    }
    return `${offsetDelta} at +${timestampDelta}: ${show(key)}=${show(value)}`
  })
}

function readField(reader: ByteReader): Buffer | null {
  const length = readVarint(reader)
  return length < 0 ? null : reader.bytes(length)
}
