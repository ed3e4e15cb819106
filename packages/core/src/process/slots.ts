/**
 * How many runs may be in progress at once: of one handler, or in the whole worker. Who waits longest is next: a freed slot
 * is handed over and can't be taken again by the lane that freed it, which would otherwise go on until its queue is empty.
 */
export class Slots {
  #taken = 0
  /** In the order they came. */
  readonly #waiting = new Set<() => void>()

  constructor(
    private readonly limit: () => number,
    /** Taken as well: the worker's limit around the handler's. */
    private readonly outer?: Slots,
  ) {}

  get #hasFree(): boolean {
    return this.#waiting.size === 0 && this.#taken < this.limit()
  }

  tryTake(): boolean {
    if (!this.#hasFree) return false
    if (this.outer !== undefined && !this.outer.tryTake()) return false
    this.#taken += 1
    return true
  }

  /** Resolves with true once a slot is taken, or with false when the signal aborts first. */
  async take(signal: AbortSignal): Promise<boolean> {
    if (this.#hasFree) this.#taken += 1
    else if (!(await this.#granted(signal))) return false
    // Always the own one first, so that nobody waits for the other's.
    if (this.outer === undefined || (await this.outer.take(signal))) return true
    this.#giveBack()
    return false
  }

  release(): void {
    this.outer?.release()
    this.#giveBack()
  }

  /** Those who wait get what is free: a slot was given back, or the limit has grown. */
  wake(): void {
    if (this.#waiting.size === 0) return // after every record: an iterator costs more than the question
    for (const grant of this.#waiting) {
      if (this.#taken >= this.limit()) return
      grant()
    }
  }

  #giveBack(): void {
    this.#taken -= 1
    this.wake()
  }

  #granted(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const end = (isTaken: boolean): void => {
        this.#waiting.delete(grant)
        signal.removeEventListener('abort', giveUp)
        resolve(isTaken)
      }
      const grant = (): void => {
        this.#taken += 1
        end(true)
      }
      const giveUp = (): void => end(false)
      if (signal.aborted) return giveUp()
      this.#waiting.add(grant)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }
}
