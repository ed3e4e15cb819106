/** What one pass over the uncompressed records of a batch finds, without making an object per record. */
export interface RecordScan {
  /** Distances of timestamps from the batch's first; infinite where a number cannot hold one exactly. */
  readonly minDelta: number
  readonly maxDelta: number
  readonly hasNullKey: boolean
}

/** Where the next byte is read. One scan runs at a time and never across turns. */
let cursor = 0

/**
 * Undefined where the records are not `count` records that fill `bytes` from `start` to its end exactly. Keys are looked at only
 * where `keys` says so: the rest of a record is stepped over by its length.
 */
export function scanRecords(bytes: Buffer, start: number, count: number, keys: boolean): RecordScan | undefined {
  const end = bytes.length
  let minDelta = Number.POSITIVE_INFINITY
  let maxDelta = Number.NEGATIVE_INFINITY
  let hasNullKey = false
  cursor = start
  for (let index = 0; index < count; index += 1) {
    const length = readSigned(bytes, end)
    const next = cursor + length
    // Attributes, two deltas, two lengths and a count: no record is shorter.
    if (!(length >= 6 && next <= end)) return undefined
    cursor += 1
    const delta = readSigned(bytes, next)
    if (Number.isNaN(delta)) return undefined
    if (delta > maxDelta) maxDelta = delta
    if (delta < minDelta) minDelta = delta
    if (keys) {
      readSigned(bytes, next)
      hasNullKey = readSigned(bytes, next) < 0 || hasNullKey
    }
    cursor = next
  }
  return cursor === end ? { minDelta, maxDelta, hasNullKey } : undefined
}

/** A zigzag varint of up to ten bytes; NaN where it does not end before `end`. */
function readSigned(bytes: Buffer, end: number): number {
  if (cursor >= end) return Number.NaN
  const first = bytes[cursor] as number
  cursor += 1
  if (first < 0x80) return (first >>> 1) ^ -(first & 1)
  if (cursor < end) {
    const second = bytes[cursor] as number
    if (second < 0x80) {
      cursor += 1
      const value = (first & 0x7f) | (second << 7)
      return (value >>> 1) ^ -(value & 1)
    }
  }
  return readLongSigned(bytes, end, first & 0x7f)
}

/** In floating point: exact up to 53 bits, and infinite above, so that nobody takes it for exact. */
function readLongSigned(bytes: Buffer, end: number, low: number): number {
  let value = low
  for (let scale = 128; cursor < end && scale < 2 ** 70; scale *= 128) {
    const byte = bytes[cursor] as number
    cursor += 1
    value += (byte & 0x7f) * scale
    if (byte >= 0x80) continue
    const isNegative = (low & 1) === 1
    if (value > Number.MAX_SAFE_INTEGER) return isNegative ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
    return isNegative ? -(value + 1) / 2 : value / 2
  }
  return Number.NaN
}
