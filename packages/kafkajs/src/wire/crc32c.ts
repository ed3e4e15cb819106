/** Reversed Castagnoli polynomial (RFC 3720, appendix B.4). `zlib.crc32` computes another one. */
const POLYNOMIAL = 0x82f63b78
const STRIDE = 16

/** Slice-by-16: the CRC of a byte followed by `n` zero bytes stands at `n * 256 + byte`. */
const TABLE = buildTable()

function buildTable(): Int32Array {
  const table = new Int32Array(STRIDE * 256)
  for (let byte = 0; byte < 256; byte += 1) {
    let crc = byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    table[byte] = crc
  }
  for (let index = 256; index < table.length; index += 1) {
    const shorter = table[index - 256] ?? 0
    table[index] = (shorter >>> 8) ^ (table[shorter & 0xff] ?? 0)
  }
  return table
}

/** CRC-32C of `bytes` from `start` on, unsigned. It is the largest single cost of decoding, hence 16 bytes per step. */
export function crc32c(bytes: Uint8Array, start = 0): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.length
  let crc = -1
  let at = start
  for (; at + STRIDE <= end; at += STRIDE) {
    crc =
      slice(3072, view.getInt32(at, true) ^ crc) ^
      slice(2048, view.getInt32(at + 4, true)) ^
      slice(1024, view.getInt32(at + 8, true)) ^
      slice(0, view.getInt32(at + 12, true))
  }
  for (; at < end; at += 1) crc = (crc >>> 8) ^ lookUp((crc ^ view.getUint8(at)) & 0xff)
  return (crc ^ -1) >>> 0
}

/** Four bytes, the lowest of which is the first and so the furthest from the end of the stride. */
const slice = (base: number, word: number): number =>
  lookUp(base + 768 + (word & 0xff)) ^
  lookUp(base + 512 + ((word >>> 8) & 0xff)) ^
  lookUp(base + 256 + ((word >>> 16) & 0xff)) ^
  lookUp(base + (word >>> 24))

const lookUp = (index: number): number => TABLE[index] ?? 0
