/**
 * The next offset such that everything before it is settled, in distances from the lease's first offset. No clock, no I/O,
 * no imports. Constant work per record; in lane order, where records settle as they came, not even a Set is touched.
 */
export class Watermark {
  /** Ascending; everything before index `#first` is settled. */
  #received: number[] = []
  #first = 0
  /** Settled while an earlier record was still open. */
  readonly #ahead = new Set<number>()
  /** All below was received or will never exist: compaction, markers, aborted batches. */
  #end = 0

  get committable(): number {
    return this.#received[this.#first] ?? this.#end
  }

  /** How many received records are not settled yet. */
  get open(): number {
    return this.#received.length - this.#first - this.#ahead.size
  }

  receive(delta: number): void {
    this.#received.push(delta)
  }

  /** Everything below `end` has been received. Drops the settled head, which keeps the list as short as the buffer. */
  closeBatch(end: number): void {
    this.#end = end
    if (this.#first === this.#received.length) this.#received.length = 0
    else if (this.#first > 0) this.#received = this.#received.slice(this.#first)
    this.#first = 0
  }

  /** False when it was settled before or never received: the caller counts it, nothing moves. */
  settle(delta: number): boolean {
    if (delta === this.#received[this.#first]) {
      this.#first += 1
      while (this.#ahead.size > 0 && this.#ahead.delete(this.committable)) this.#first += 1
      return true
    }
    if (delta < this.committable || delta >= this.#end || this.#ahead.has(delta)) return false
    this.#ahead.add(delta)
    return true
  }
}
