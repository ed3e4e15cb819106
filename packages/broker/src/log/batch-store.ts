import {
  appendToChunk,
  batchesOf,
  capacityFor,
  type Chunk,
  createChunk,
  lastAtMost,
  memoryOf,
  positionOf,
  sizeOfBatch,
  trimChunk,
} from './chunk.js'
import type { MemoryBudget } from './memory-budget.js'
import { batchField } from './record-batch.js'

export interface BatchFacts {
  /** Offsets that the batch takes. */
  readonly offsetCount: number
  readonly maxTimestamp: bigint
  readonly now: number
  /** Taken even where the broker has no room. */
  readonly isForced?: boolean
}

/** Where a batch was put. */
export interface StoredBatch {
  readonly bytes: Buffer
  readonly at: number
}

/** The batches of one log, byte for byte, in order. Positions in bytes count from the log's first byte ever and never change. */
export class BatchStore {
  readonly #budget: MemoryBudget
  readonly #chunks: Chunk[] = []
  #startOffset = 0n
  #endOffset = 0n
  #startByte = 0
  #endByte = 0

  constructor(budget: MemoryBudget) {
    this.#budget = budget
  }

  get startOffset(): bigint {
    return this.#startOffset
  }

  get endOffset(): bigint {
    return this.#endOffset
  }

  get endByte(): number {
    return this.#endByte
  }

  /** Of the batches that can still be read. */
  get sizeInBytes(): number {
    return this.#endByte - this.#startByte
  }

  /** Copies the batch, so that the frame it came in can go. Undefined where the broker has no room for it. */
  append(batch: Buffer, facts: BatchFacts): StoredBatch | undefined {
    const chunk = this.#chunkFor(batch.length, facts.isForced === true)
    if (chunk === undefined) return undefined
    const at = appendToChunk(chunk, batch, facts)
    this.#endByte += batch.length
    this.#endOffset += BigInt(facts.offsetCount)
    return { bytes: chunk.bytes, at }
  }

  /** The position of the batch that holds `offset`, which is between start and end; the end's own is where the next batch goes. */
  byteOf(offset: bigint): number {
    if (offset >= this.#endOffset) return this.#endByte
    const chunk = this.#chunks[this.#chunkOf(offset)]
    return chunk === undefined ? this.#endByte : chunk.startByte + positionOf(chunk, Number(offset - chunk.baseOffset))
  }

  /** How long the batch is that begins at `byte`. */
  batchSizeAt(byte: number): number {
    const chunk = this.#chunks[this.#chunkAtByte(byte)]
    return chunk === undefined ? 0 : sizeOfBatch(chunk, byte - chunk.startByte)
  }

  /**
   * Up to `count` bytes from `byte` on. Where they lie in several pieces it stops between two of them as soon as there are `enough`,
   * because one piece is handed out as it is, and several have to be joined.
   */
  bytesFrom(byte: number, count: number, enough: number): Buffer {
    const pieces: Buffer[] = []
    let got = 0
    for (let index = this.#chunkAtByte(byte); got < count; index += 1) {
      const chunk = this.#chunks[index]
      if (chunk === undefined || (got > 0 && got >= enough)) break
      const from = byte + got - chunk.startByte
      const to = Math.min(chunk.usedBytes, from + count - got)
      pieces.push(chunk.bytes.subarray(from, to))
      got += to - from
    }
    const [only] = pieces
    return pieces.length === 1 && only !== undefined ? only : Buffer.concat(pieces, got)
  }

  /** The first offset that the index names at or behind this position: a bound that is cheap and never too low. */
  offsetPast(byte: number): bigint {
    const index = this.#chunkAtByte(byte)
    const chunk = this.#chunks[index]
    if (chunk === undefined) return this.#endOffset
    const position = byte - chunk.startByte
    if (position <= 0) return chunk.baseOffset
    const block = lastAtMost(chunk.blockStarts, position - 1) + 1
    const offset = chunk.blockOffsets[block]
    return offset === undefined
      ? (this.#chunks[index + 1]?.baseOffset ?? this.#endOffset)
      : chunk.baseOffset + BigInt(offset)
  }

  /** From the batch on that holds the start. */
  *batches(): Generator<Buffer> {
    for (const chunk of this.#chunks) yield* batchesOf(chunk, Math.max(0, this.#startByte - chunk.startByte))
  }

  /** Batches whose highest timestamp is at least this one, without a look at the others. */
  *batchesReaching(timestamp: bigint): Generator<Buffer> {
    for (const chunk of this.#chunks) {
      if (chunk.maxTimestamp < timestamp) continue
      const readable = this.#startByte - chunk.startByte
      for (const [block, max] of chunk.blockMaxTimestamps.entries()) {
        const end = chunk.blockStarts[block + 1] ?? chunk.usedBytes
        if (max < timestamp || end <= readable) continue
        for (const batch of batchesOf(chunk, Math.max(readable, chunk.blockStarts[block] ?? 0), end)) {
          if (batch.readBigInt64BE(batchField.maxTimestamp) >= timestamp) yield batch
        }
      }
    }
  }

  /** When the piece of memory was last written that holds this batch: the age of a batch without timestamps. */
  lastAppendMs(offset: bigint): number {
    return this.#chunks[this.#chunkOf(offset)]?.lastAppendMs ?? 0
  }

  /** Nothing below `offset` is needed any more. Memory is released in whole pieces. */
  dropBefore(offset: bigint): void {
    this.#startByte = this.byteOf(offset)
    this.#startOffset = offset
    let gone = 0
    for (const { baseOffset, offsetCount } of this.#chunks) {
      if (baseOffset + BigInt(offsetCount) > offset) break
      gone += 1
    }
    for (const { bytes } of this.#chunks.splice(0, gone)) this.#budget.release(memoryOf(bytes.length))
  }

  /** The chunk that the next batch of this size goes to. */
  #chunkFor(batchBytes: number, isForced: boolean): Chunk | undefined {
    const last = this.#chunks.at(-1)
    if (last !== undefined && last.bytes.length - last.usedBytes >= batchBytes) return last
    const capacity = capacityFor(this.sizeInBytes, batchBytes)
    if (isForced) this.#budget.take(memoryOf(capacity))
    else if (!this.#budget.reserve(memoryOf(capacity))) return undefined
    // Making room may have dropped it.
    if (last !== undefined && last === this.#chunks.at(-1)) this.#budget.release(trimChunk(last))
    const chunk = createChunk(capacity, this.#endOffset, this.#endByte)
    this.#chunks.push(chunk)
    return chunk
  }

  /** Most readers are near the end. */
  #chunkOf(offset: bigint): number {
    const last = this.#chunks.length - 1
    if (last < 0 || offset >= (this.#chunks[last]?.baseOffset ?? 0n)) return last
    return lastChunk(this.#chunks, (chunk) => chunk.baseOffset <= offset)
  }

  #chunkAtByte(byte: number): number {
    const last = this.#chunks.length - 1
    if (last < 0 || byte >= (this.#chunks[last]?.startByte ?? 0)) return last
    return lastChunk(this.#chunks, (chunk) => chunk.startByte <= byte)
  }
}

/** Chunks that reach stand before those that do not. */
function lastChunk(chunks: readonly Chunk[], reaches: (chunk: Chunk) => boolean): number {
  let low = 0
  let high = chunks.length - 1
  while (low < high) {
    const middle = (low + high + 1) >>> 1
    const chunk = chunks[middle]
    if (chunk !== undefined && reaches(chunk)) low = middle
    else high = middle - 1
  }
  return low
}
