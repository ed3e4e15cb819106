/** Reversed Castagnoli polynomial (RFC 3720, appendix B.4). `zlib.crc32` computes another one. */
const polynomial = 0x82f63b78
/** Bytes per step, with one table for each of them. */
const stride = 16

/** The CRC of a byte followed by `n` zero bytes stands at `n * 256 + byte`. */
const tables = fillTables()

/** CRC-32C of the bytes from `start` up to `end`, unsigned: the largest single cost of taking a batch, hence sixteen tables. */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  let crc = -1
  let at = start
  for (const last = end - stride; at <= last; at += stride) crc = sixteenBytes(bytes, at, crc)
  for (; at < end; at += 1) crc = (crc >>> 8) ^ entry(0, crc ^ byteAt(bytes, at))
  return ~crc >>> 0
}

const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] as number
const entry = (zeroBytes: number, byte: number): number => tables[zeroBytes * 256 + (byte & 0xff)] as number

function sixteenBytes(bytes: Uint8Array, at: number, crc: number): number {
  return (
    entry(15, crc ^ byteAt(bytes, at)) ^
    entry(14, (crc >>> 8) ^ byteAt(bytes, at + 1)) ^
    entry(13, (crc >>> 16) ^ byteAt(bytes, at + 2)) ^
    entry(12, (crc >>> 24) ^ byteAt(bytes, at + 3)) ^
    entry(11, byteAt(bytes, at + 4)) ^
    entry(10, byteAt(bytes, at + 5)) ^
    entry(9, byteAt(bytes, at + 6)) ^
    entry(8, byteAt(bytes, at + 7)) ^
    entry(7, byteAt(bytes, at + 8)) ^
    entry(6, byteAt(bytes, at + 9)) ^
    entry(5, byteAt(bytes, at + 10)) ^
    entry(4, byteAt(bytes, at + 11)) ^
    entry(3, byteAt(bytes, at + 12)) ^
    entry(2, byteAt(bytes, at + 13)) ^
    entry(1, byteAt(bytes, at + 14)) ^
    entry(0, byteAt(bytes, at + 15))
  )
}

function fillTables(): Int32Array {
  const filled = new Int32Array(stride * 256)
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
    filled[byte] = crc
  }
  for (let index = 256; index < filled.length; index += 1) {
    const shorter = filled[index - 256] ?? 0
    filled[index] = (shorter >>> 8) ^ (filled[shorter & 0xff] ?? 0)
  }
  return filled
}
