import type { RawRecord } from './record.js'

/** At most this many records are handed over per commit in at-most-once mode. */
const chunkRecords = 100

interface Held {
  readonly records: readonly RawRecord[]
  /** What to add to a record's delta to count from the lease's first offset. */
  readonly shift: number
  /** Where the log goes on behind these records. */
  readonly end: number
}

/**
 * Records of an at-most-once lease that wait for the commit of their end. `announce` names the next chunk and moves
 * `admittedEnd` behind it; once that is committed, `admitted` takes the chunk out. An announced chunk may be committed at
 * any moment, so a drain does not forget it.
 */
export class HeldRecords {
  admittedEnd = 0
  size = 0
  #held: Held[] = []
  #isAnnounced = false
  #endBefore = 0

  push(records: readonly RawRecord[], shift: number, end: number): void {
    if (records.length === 0 && this.#held.length === 0) {
      this.admittedEnd = end // markers and gaps only: nothing to hand over
      return
    }
    const last = this.#held.at(-1)
    if (records.length === 0 && last !== undefined && this.#held.length > (this.#isAnnounced ? 1 : 0)) {
      this.#held[this.#held.length - 1] = { ...last, end } // they are passed with the records before them
      return
    }
    for (let from = 0; from === 0 || from < records.length; from += chunkRecords) {
      const chunk = records.slice(from, from + chunkRecords)
      const final = chunk.at(-1)
      const isWhole = from + chunkRecords >= records.length
      this.#held.push({
        records: chunk,
        shift,
        end: isWhole || final === undefined ? end : shift + final.offsetDelta + 1,
      })
    }
    this.size += records.length
  }

  announce(): readonly Held[] {
    const next = this.#held.slice(0, 1)
    this.#isAnnounced = next.length > 0
    this.#endBefore = this.admittedEnd
    for (const { end } of next) this.admittedEnd = end
    return next
  }

  admitted(): void {
    this.#isAnnounced = false
    this.size -= this.#held.shift()?.records.length ?? 0
    for (let next = this.#held[0]; next?.records.length === 0; next = this.#held[0]) {
      this.admittedEnd = next.end // markers that came while the chunk was announced
      this.#held.shift()
    }
  }

  /** The announced chunk must not be committed any more: it may be forgotten like the others, and its end is taken back. */
  withdraw(): void {
    if (this.#isAnnounced) this.admittedEnd = this.#endBefore
    this.#isAnnounced = false
  }

  /** Forgets everything that was not announced and says how many and how large it was. */
  clear(): { readonly count: number; readonly bytes: number } {
    const kept = this.#held.slice(0, this.#isAnnounced ? 1 : 0)
    const records = this.#held.slice(kept.length).flatMap((held) => held.records)
    this.#held = kept
    this.size -= records.length
    return { count: records.length, bytes: records.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) }
  }
}
