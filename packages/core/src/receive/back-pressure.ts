import type { RawRecord } from './record.js'

/** A partition whose fetching can be stopped. */
export interface Pausable {
  /** Records and bytes it holds, running ones included. */
  readonly buffered: number
  readonly bufferedBytes: number
  pauseFor(reason: 'back-pressure'): void
  resumeFrom(reason: 'back-pressure'): void
}

export interface BufferMarks {
  readonly bufferedRecords: number
  readonly totalBufferedRecords: number
  readonly totalBufferedBytes: number
}

/**
 * Bounds what is buffered, by count and by bytes. At a mark fetching stops, at half of it fetching goes on: per partition,
 * and for all partitions of the worker together. What one fetch answer brings on top of a mark is the rest of the bound.
 *
 * A partition that holds nothing fetches even when the worker is full: what fills it may be stuck for good (a halted lane, a
 * dead-letter topic that is away), and the others must go on, one fetch answer at a time.
 */
export class BackPressure {
  records = 0
  bytes = 0
  #isFull = false
  readonly #partitions = new Set<Pausable>()

  constructor(private readonly marks: BufferMarks) {}

  add(partition: Pausable): void {
    this.#partitions.add(partition)
  }

  /** Gives back everything that the partition still holds. */
  remove(partition: Pausable): void {
    if (this.#partitions.delete(partition)) this.released(partition, partition.buffered, partition.bufferedBytes)
  }

  took(partition: Pausable, records: readonly RawRecord[]): void {
    this.records += records.length
    for (const { sizeBytes } of records) this.bytes += sizeBytes
    const { bufferedRecords, totalBufferedRecords, totalBufferedBytes } = this.marks
    if (this.#isFull || partition.buffered >= bufferedRecords) pauseHolder(partition)
    if (!this.#isFull && (this.records >= totalBufferedRecords || this.bytes >= totalBufferedBytes)) {
      this.#isFull = true
      for (const each of this.#partitions) pauseHolder(each)
    }
  }

  released(partition: Pausable, count: number, bytes: number): void {
    this.records -= count
    this.bytes -= bytes
    const { bufferedRecords, totalBufferedRecords, totalBufferedBytes } = this.marks
    if (this.#isFull) {
      if (this.records > totalBufferedRecords / 2 || this.bytes > totalBufferedBytes / 2) {
        if (partition.buffered === 0) partition.resumeFrom('back-pressure')
        return
      }
      this.#isFull = false
      for (const each of this.#partitions) if (each.buffered <= bufferedRecords / 2) each.resumeFrom('back-pressure')
    } else if (partition.buffered <= bufferedRecords / 2) partition.resumeFrom('back-pressure')
  }
}

function pauseHolder(partition: Pausable): void {
  if (partition.buffered > 0) partition.pauseFor('back-pressure')
}
