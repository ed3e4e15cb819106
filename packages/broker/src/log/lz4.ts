import { copyMatch } from './copy-match.js'

const frameMagic = 0x184d2204
const [contentSizeFlag, contentChecksumFlag, blockChecksumFlag, dictionaryFlag] = [0x08, 0x04, 0x10, 0x01]
const storedBit = 0x80000000
/** No block of any frame is larger (LZ4 frame format, "BD byte"). */
const largestBlock = 4 * 1024 * 1024
const shortestMatch = 4

/**
 * Opens one LZ4 frame (lz4_Frame_format.md). Checksums are not looked at: the batch's CRC covers these bytes.
 * @throws RangeError for bytes that are not LZ4, and for more than `maxBytes`.
 */
export function lz4Decompress(bytes: Buffer, maxBytes: number): Buffer {
  if (bytes.readUInt32LE(0) !== frameMagic) throw new RangeError('lz4: no frame')
  const flags = bytes.readUInt8(4)
  let at = 6 + (flags & contentSizeFlag ? 8 : 0) + (flags & dictionaryFlag ? 4 : 0) + 1
  const out = new GrowingBytes(maxBytes)
  for (;;) {
    const word = bytes.readUInt32LE(at)
    at += 4
    if (word === 0) break
    const isStored = word >= storedBit
    const end = at + (isStored ? word - storedBit : word)
    if (end > bytes.length) throw new RangeError('lz4: a block leaves its frame')
    if (isStored) out.append(bytes, at, end)
    else openBlock(bytes, at, end, out)
    at = end + (flags & blockChecksumFlag ? 4 : 0)
  }
  if (flags & contentChecksumFlag && at + 4 > bytes.length) throw new RangeError('lz4: an incomplete frame')
  return out.finish()
}

/** Matches may reach into the blocks before. */
function openBlock(bytes: Buffer, start: number, end: number, out: GrowingBytes): void {
  let at = start
  const longLength = (nibble: number): number => {
    let length = nibble
    if (nibble !== 15) return length
    for (;;) {
      const byte = bytes.readUInt8(at)
      at += 1
      length += byte
      if (byte !== 255) return length
    }
  }
  while (at < end) {
    const token = bytes.readUInt8(at)
    at += 1
    const literals = longLength(token >> 4)
    if (at + literals > end) throw new RangeError('lz4: a literal leaves its block')
    out.append(bytes, at, at + literals)
    at += literals
    if (at === end) return
    const distance = bytes.readUInt16LE(at)
    at += 2
    out.repeat(distance, longLength(token & 15) + shortestMatch)
  }
}

/** A frame need not say how long its content is. */
class GrowingBytes {
  readonly #maxBytes: number
  #bytes = Buffer.allocUnsafe(64 * 1024)
  #length = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  append(source: Buffer, start: number, end: number): void {
    this.#reserve(end - start)
    source.copy(this.#bytes, this.#length, start, end)
    this.#length += end - start
  }

  repeat(distance: number, length: number): void {
    if (length > largestBlock) throw new RangeError('lz4: a match larger than a block')
    this.#reserve(length)
    copyMatch(this.#bytes, this.#length, distance, length)
    this.#length += length
  }

  finish(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(more: number): void {
    const needed = this.#length + more
    if (needed > this.#maxBytes) throw new RangeError('lz4: too large')
    if (needed <= this.#bytes.length) return
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#bytes.length))
    this.#bytes.copy(larger, 0, 0, this.#length)
    this.#bytes = larger
  }
}
