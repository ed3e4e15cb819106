import { copyBytes } from './copy-bytes.js'
import { findSequences, MAX_WINDOW } from './find-sequences.js'

/**
 * Magic, flags (version 1, independent blocks, no checksums), block size 64 KiB, and the checksum of these two: what Java's
 * producer writes (KIP-57), byte for byte.
 */
const FRAME_HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])
const END_MARK_BYTES = 4
const BLOCK_HEADER_BYTES = 4
const STORED = 0x8000_0000

/** The most that a block can grow to: one more byte per 255 literals (LZ4_compressBound). */
const worstBlock = (length: number): number => length + Math.ceil(length / 255) + 16

/** Packs bytes into one LZ4 frame. Blocks that would grow are stored as they are. */
export function encodeLz4(plain: Buffer): Buffer {
  const blocks = Math.ceil(plain.length / MAX_WINDOW)
  const rest = plain.length % MAX_WINDOW
  const size = Math.max(0, blocks - 1) * worstBlock(MAX_WINDOW) + worstBlock(rest === 0 ? MAX_WINDOW : rest)
  const frame = Buffer.allocUnsafe(FRAME_HEADER.length + blocks * BLOCK_HEADER_BYTES + size + END_MARK_BYTES)
  let out = FRAME_HEADER.copy(frame)
  for (let from = 0; from < plain.length; from += MAX_WINDOW) {
    const to = Math.min(plain.length, from + MAX_WINDOW)
    const start = out + BLOCK_HEADER_BYTES
    let end = writeBlock(plain, from, to, frame, start)
    const isStored = end - start >= to - from
    if (isStored) end = start + plain.copy(frame, start, from, to)
    frame.writeUInt32LE(isStored ? STORED + end - start : end - start, out)
    out = end
  }
  frame.writeUInt32LE(0, out)
  return frame.subarray(0, out + END_MARK_BYTES)
}

function writeBlock(plain: Buffer, from: number, to: number, block: Buffer, start: number): number {
  const sequences = findSequences(plain, from, to)
  let out = start
  let at = from
  for (let index = 0; index < sequences.count; index += 1) {
    const literals = sequences.literals(index)
    const match = sequences.match(index)
    const distance = sequences.distance(index)
    const token = out
    out = writeLiterals(plain, at, literals, block, out)
    block[out++] = distance & 0xff
    block[out++] = distance >>> 8
    block[token] = (block[token] ?? 0) | Math.min(match - 4, 15)
    out = writeLength(match - 4, block, out)
    at += literals + match
  }
  return writeLiterals(plain, at, to - at, block, out)
}

/** Token with the count in its upper half, the rest of the count, the bytes. */
function writeLiterals(plain: Buffer, from: number, length: number, block: Buffer, start: number): number {
  block[start] = Math.min(length, 15) << 4
  const out = writeLength(length, block, start + 1)
  return copyBytes(plain, from, length, block, out)
}

/** What of a length does not fit into its half of the token. */
function writeLength(length: number, block: Buffer, start: number): number {
  if (length < 15) return start
  let out = start
  let rest = length - 15
  for (; rest >= 255; rest -= 255) block[out++] = 255
  block[out++] = rest
  return out
}
