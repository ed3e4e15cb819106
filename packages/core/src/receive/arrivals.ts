/** When the batches came that are not settled yet: the age of the oldest record, kept per batch and not per record. */
export class Arrivals {
  #batches: { readonly end: number; readonly at: number }[] = []

  /** `end` is where the log goes on behind the batch; everything below `settled` is settled. */
  add(end: number, at: number, settled: number): void {
    this.#batches = this.#batches.filter((batch) => batch.end > settled)
    this.#batches.push({ end, at })
  }

  /** How long the oldest batch that is not settled has been here, ms. */
  ageOfOldest(now: number, settled: number): number {
    const oldest = this.#batches.find((batch) => batch.end > settled)
    return oldest === undefined ? 0 : now - oldest.at
  }
}
