import type { RawRecord } from '../receive/record.js'
import { ReceivedRecord, type RecordSource } from '../receive/received-record.js'

interface Chunk {
  readonly records: readonly RawRecord[]
  /** What to add to a record's delta to count from the lease's first offset. */
  readonly shift: number
}

/** A queue whose records run one after another. Batches are queued as they came: a record costs nothing until it is at the head. */
export class Lane {
  #chunks: Chunk[] = []
  #index = 0
  #head: ReceivedRecord | undefined
  #size = 0

  constructor(private readonly source: RecordSource) {}

  /** Records not yet shifted, the running one included. */
  get size(): number {
    return this.#size
  }

  push(records: readonly RawRecord[], shift: number): void {
    if (records.length === 0) return
    this.#chunks.push({ records, shift })
    this.#size += records.length
  }

  /** The record whose turn it is: the same object until it is shifted. */
  head(): ReceivedRecord | undefined {
    if (this.#head !== undefined) return this.#head
    const chunk = this.#chunks[0]
    const raw = chunk?.records[this.#index]
    if (chunk === undefined || raw === undefined) return undefined
    this.#head = new ReceivedRecord(raw, chunk.shift + raw.offsetDelta, this.source)
    return this.#head
  }

  shift(): void {
    this.#head = undefined
    this.#index += 1
    this.#size -= 1
    const chunk = this.#chunks[0]
    if (chunk !== undefined && this.#index === chunk.records.length) {
      this.#chunks.shift()
      this.#index = 0
    }
  }

  /** Forgets all records behind the head, which may be running, and says how many and how large they were. */
  clearBehindHead(): { readonly count: number; readonly bytes: number } {
    const kept = this.#head === undefined ? 0 : 1
    const behind = this.#chunks.flatMap(({ records }, at) => (at === 0 ? records.slice(this.#index + kept) : records))
    const head = this.#head
    this.#chunks = head === undefined ? [] : [{ records: [head.raw], shift: head.delta - head.raw.offsetDelta }]
    this.#index = 0
    this.#size = kept
    return { count: behind.length, bytes: behind.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
  }
}
