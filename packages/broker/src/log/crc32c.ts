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
  for (; at < end; at += 1) crc = (crc >>> 8) ^ (tables[(crc ^ (bytes[at] as number)) & 0xff] as number)
  return ~crc >>> 0
}

/** Written out: a quarter faster than the same with a function per lookup. */
function sixteenBytes(bytes: Uint8Array, at: number, crc: number): number {
  return (
    (tables[0xf00 + ((crc ^ (bytes[at] as number)) & 0xff)] as number) ^
    (tables[0xe00 + (((crc >>> 8) ^ (bytes[at + 1] as number)) & 0xff)] as number) ^
    (tables[0xd00 + (((crc >>> 16) ^ (bytes[at + 2] as number)) & 0xff)] as number) ^
    (tables[0xc00 + ((crc >>> 24) ^ (bytes[at + 3] as number))] as number) ^
    (tables[0xb00 + (bytes[at + 4] as number)] as number) ^
    (tables[0xa00 + (bytes[at + 5] as number)] as number) ^
    (tables[0x900 + (bytes[at + 6] as number)] as number) ^
    (tables[0x800 + (bytes[at + 7] as number)] as number) ^
    (tables[0x700 + (bytes[at + 8] as number)] as number) ^
    (tables[0x600 + (bytes[at + 9] as number)] as number) ^
    (tables[0x500 + (bytes[at + 10] as number)] as number) ^
    (tables[0x400 + (bytes[at + 11] as number)] as number) ^
    (tables[0x300 + (bytes[at + 12] as number)] as number) ^
    (tables[0x200 + (bytes[at + 13] as number)] as number) ^
    (tables[0x100 + (bytes[at + 14] as number)] as number) ^
    (tables[bytes[at + 15] as number] as number)
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
