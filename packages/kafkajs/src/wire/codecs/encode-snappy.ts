import { copyBytes } from './copy-bytes.js'
import { findSequences } from './find-sequences.js'
import { XERIAL_MAGIC } from './xerial-magic.js'

/** Plain bytes per chunk, as Java's `SnappyOutputStream` makes them. */
const CHUNK_BYTES = 32_768
const VERSION = 1
const MAX_COPY = 64
const MIN_COPY = 4

/** The most that a chunk can grow to (snappy's `MaxCompressedLength`), with its length in front. */
const worstChunk = (length: number): number => 4 + 32 + length + Math.floor(length / 6)

/** Packs bytes as Java's producer does: a xerial header, then chunks of one raw snappy block each. */
export function encodeSnappy(plain: Buffer): Buffer {
  const chunks = Math.ceil(plain.length / CHUNK_BYTES)
  const packed = Buffer.allocUnsafe(XERIAL_MAGIC.length + 8 + chunks * worstChunk(CHUNK_BYTES))
  let out = XERIAL_MAGIC.copy(packed)
  out = packed.writeInt32BE(VERSION, out)
  out = packed.writeInt32BE(VERSION, out) // the oldest reader that understands it
  for (let from = 0; from < plain.length; from += CHUNK_BYTES) {
    const end = writeRawBlock(plain, from, Math.min(plain.length, from + CHUNK_BYTES), packed, out + 4)
    packed.writeInt32BE(end - out - 4, out)
    out = end
  }
  return packed.subarray(0, out)
}

function writeRawBlock(plain: Buffer, from: number, to: number, block: Buffer, start: number): number {
  const sequences = findSequences(plain, from, to)
  let out = writeUnsignedVarint(to - from, block, start)
  let at = from
  for (let index = 0; index < sequences.count; index += 1) {
    const literals = sequences.literals(index)
    const match = sequences.match(index)
    out = writeLiterals(plain, at, literals, block, out)
    out = writeCopies(match, sequences.distance(index), block, out)
    at += literals + match
  }
  return writeLiterals(plain, at, to - at, block, out)
}

function writeUnsignedVarint(value: number, block: Buffer, start: number): number {
  let out = start
  let rest = value
  for (; rest > 0x7f; rest >>>= 7) block[out++] = (rest & 0x7f) | 0x80
  block[out++] = rest
  return out
}

/** Up to 60 bytes the length stands in the tag, else in one or two bytes behind it. */
function writeLiterals(plain: Buffer, from: number, length: number, block: Buffer, start: number): number {
  if (length === 0) return start
  let out = start
  if (length <= 60) {
    block[out++] = (length - 1) << 2
  } else if (length <= 256) {
    block[out++] = 60 << 2
    block[out++] = length - 1
  } else {
    block[out++] = 61 << 2
    block[out++] = (length - 1) & 0xff
    block[out++] = (length - 1) >>> 8
  }
  return copyBytes(plain, from, length, block, out)
}

/** A copy takes 4 to 64 bytes here, so a longer match is cut such that no rest is below four. */
function writeCopies(match: number, distance: number, block: Buffer, start: number): number {
  let out = start
  let rest = match
  for (; rest >= MAX_COPY + MIN_COPY; rest -= MAX_COPY) out = writeCopy(MAX_COPY, distance, block, out)
  if (rest > MAX_COPY) {
    out = writeCopy(MAX_COPY - MIN_COPY, distance, block, out)
    rest -= MAX_COPY - MIN_COPY
  }
  return writeCopy(rest, distance, block, out)
}

function writeCopy(length: number, distance: number, block: Buffer, start: number): number {
  if (length < 12 && distance < 2_048) {
    block[start] = 1 | ((length - 4) << 2) | ((distance >>> 8) << 5)
    block[start + 1] = distance & 0xff
    return start + 2
  }
  block[start] = 2 | ((length - 1) << 2)
  block[start + 1] = distance & 0xff
  block[start + 2] = distance >>> 8
  return start + 3
}
