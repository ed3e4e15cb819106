import { batchField, lengthOverhead } from './record-batch.js'

/** As Kafka's `index.interval.bytes`: how far one looks from an entry of the index. */
const indexIntervalBytes = 4096
const smallestChunkBytes = 4 * 1024
const steadyChunkBytes = 64 * 1024
const largestChunkBytes = 4 * 1024 * 1024
/** How much of what a log holds may be the room of its last chunk. */
const growthShare = 16
/** How much of a chunk may be left unused: a batch larger than that gets room of its own. */
const unusedShare = 8

/**
 * Batches that follow each other in one piece of memory, as a segment of Kafka on disk: what a fetch takes of one is a view, not a
 * copy. A sparse index instead of an object per batch, because batches can be as small as a record. Offsets inside are without
 * gaps, so numbers from `baseOffset` are enough.
 */
export interface Chunk {
  readonly baseOffset: bigint
  /** Where the chunk begins among all bytes that the log has ever held. */
  readonly startByte: number
  bytes: Buffer
  usedBytes: number
  /** Offsets in here. */
  offsetCount: number
  maxTimestamp: bigint
  lastAppendMs: number
  /** The index: where a block of batches begins, its first offset from the base, its highest timestamp. */
  readonly blockStarts: number[]
  readonly blockOffsets: number[]
  readonly blockMaxTimestamps: bigint[]
}

export function createChunk(capacity: number, baseOffset: bigint, startByte: number): Chunk {
  return {
    baseOffset,
    startByte,
    bytes: Buffer.allocUnsafeSlow(capacity),
    usedBytes: 0,
    offsetCount: 0,
    maxTimestamp: -1n,
    lastAppendMs: 0,
    blockStarts: [],
    blockOffsets: [],
    blockMaxTimestamps: [],
  }
}

/** Grows with the log, so that a small log takes little and a large one is in few pieces; a large batch gets its own room. */
export function capacityFor(storedBytes: number, batchBytes: number): number {
  const steady = Math.max(steadyChunkBytes, Math.ceil(storedBytes / growthShare / 4096) * 4096)
  const early = Math.max(smallestChunkBytes, storedBytes)
  const capacity = Math.min(largestChunkBytes, storedBytes < steadyChunkBytes ? early : steady)
  return batchBytes > Math.max(smallestChunkBytes, capacity / unusedShare) ? batchBytes : Math.max(capacity, batchBytes)
}

/** What a chunk costs: its room, its index, and what surrounds them. */
export const memoryOf = (capacity: number): number => capacity + Math.ceil(capacity / 64) + 512

/** Gives back the room that a chunk will not use any more. What was handed out keeps the old memory until it is sent. */
export function trimChunk(chunk: Chunk): number {
  const { bytes, usedBytes } = chunk
  const unused = bytes.length - usedBytes
  if (unused <= Math.max(smallestChunkBytes / 4, bytes.length / unusedShare)) return 0
  const before = memoryOf(bytes.length)
  chunk.bytes = Buffer.allocUnsafeSlow(usedBytes)
  bytes.copy(chunk.bytes, 0, 0, usedBytes)
  return before - memoryOf(usedBytes)
}

/** Copies the batch behind the others and returns where it begins. The caller has checked that there is room. */
export function appendToChunk(
  chunk: Chunk,
  batch: Buffer,
  { offsetCount, maxTimestamp, now }: { offsetCount: number; maxTimestamp: bigint; now: number },
): number {
  const at = chunk.usedBytes
  const lastBlock = chunk.blockStarts.length - 1
  if (lastBlock < 0 || at - (chunk.blockStarts[lastBlock] ?? 0) > indexIntervalBytes) {
    chunk.blockStarts.push(at)
    chunk.blockOffsets.push(chunk.offsetCount)
    chunk.blockMaxTimestamps.push(maxTimestamp)
  } else if (maxTimestamp > (chunk.blockMaxTimestamps[lastBlock] ?? maxTimestamp)) {
    chunk.blockMaxTimestamps[lastBlock] = maxTimestamp
  }
  batch.copy(chunk.bytes, at)
  chunk.usedBytes += batch.length
  chunk.offsetCount += offsetCount
  chunk.lastAppendMs = now
  if (maxTimestamp > chunk.maxTimestamp) chunk.maxTimestamp = maxTimestamp
  return at
}

export const sizeOfBatch = (chunk: Chunk, at: number): number =>
  lengthOverhead + chunk.bytes.readInt32BE(at + batchField.length)

/** Where the batch begins that holds the offset `delta` from the base. */
export function positionOf(chunk: Chunk, delta: number): number {
  const block = lastAtMost(chunk.blockOffsets, delta)
  let at = chunk.blockStarts[block] ?? 0
  let first = chunk.blockOffsets[block] ?? 0
  for (;;) {
    const next = first + chunk.bytes.readInt32BE(at + batchField.lastOffsetDelta) + 1
    if (delta < next) return at
    first = next
    at += sizeOfBatch(chunk, at)
  }
}

/** The batches from `at` on, as views. */
export function* batchesOf(chunk: Chunk, at = 0, end = chunk.usedBytes): Generator<Buffer> {
  for (let next = at; next < end; ) {
    const size = sizeOfBatch(chunk, next)
    yield chunk.bytes.subarray(next, next + size)
    next += size
  }
}

/** The index of the last of these ascending values that is not above `value`; 0 where all are. */
export function lastAtMost(values: readonly number[], value: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    if ((values[middle] ?? 0) <= value) low = middle
    else high = middle - 1
  }
  return low
}
