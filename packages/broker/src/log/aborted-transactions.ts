/** One aborted transaction, as the log's index of them keeps it (Kafka's `TransactionIndex`). */
export interface AbortedTransaction {
  readonly producerId: bigint
  readonly firstOffset: bigint
  /** Of its marker. */
  readonly lastOffset: bigint
  /** Up to where everything was decided when the marker was written. */
  readonly stableOffset: bigint
}

/** In the order of their markers, which is not the order of their first offsets. Readers depend on the difference. */
export class AbortedTransactions {
  #entries: AbortedTransaction[] = []

  add(entry: AbortedTransaction): void {
    this.#entries.push(entry)
  }

  /** Those that a reader of the offsets from `from` up to `to` has to know: their marker is not behind it. */
  between(from: bigint, to: bigint): { producerId: bigint; firstOffset: bigint }[] {
    const found: { producerId: bigint; firstOffset: bigint }[] = []
    for (let index = this.#firstEndingAt(from); index < this.#entries.length; index += 1) {
      const entry = this.#entries[index]
      if (entry === undefined) break
      const { producerId, firstOffset, stableOffset } = entry
      if (firstOffset < to) found.push({ producerId, firstOffset })
      // Whatever ended later began behind what was stable then.
      if (stableOffset >= to) break
    }
    return found
  }

  /** Nobody can read below `offset` any more. */
  dropBefore(offset: bigint): void {
    const first = this.#firstEndingAt(offset)
    if (first > 0) this.#entries = this.#entries.slice(first)
  }

  #firstEndingAt(offset: bigint): number {
    let low = 0
    let high = this.#entries.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#entries[middle]?.lastOffset ?? offset) < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
