/** How many runs may be in progress at once: of one handler, or in the whole worker. */
export class Slots {
  #taken = 0
  readonly #waiting = new Set<() => void>()

  constructor(
    private readonly limit: () => number,
    /** Taken as well: the worker's limit around the handler's. */
    private readonly outer?: Slots,
  ) {}

  tryTake(): boolean {
    if (this.#taken >= this.limit()) return false
    if (this.outer !== undefined && !this.outer.tryTake()) return false
    this.#taken += 1
    return true
  }

  /** Resolves with true once a slot is taken, or with false when the signal aborts first. */
  async take(signal: AbortSignal): Promise<boolean> {
    while (!this.tryTake()) {
      if (signal.aborted) return false
      await this.#freed(signal)
    }
    return true
  }

  release(): void {
    this.#taken -= 1
    this.outer?.release()
    this.wake()
  }

  /** Everybody who waits looks again: a slot is free, or the limit has grown. */
  wake(): void {
    if (this.#waiting.size === 0) return // after every record: an iterator costs more than the question
    for (const look of this.#waiting) look()
  }

  #freed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const watched = this.outer === undefined ? [this.#waiting] : [this.#waiting, this.outer.#waiting]
      const look = (): void => {
        for (const waiting of watched) waiting.delete(look)
        signal.removeEventListener('abort', look)
        resolve()
      }
      for (const waiting of watched) waiting.add(look)
      signal.addEventListener('abort', look, { once: true })
    })
  }
}
