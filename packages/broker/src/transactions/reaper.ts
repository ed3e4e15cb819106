import type { CancelTimer, Clock } from '../clock/clock.js'

/**
 * Calls `scan` at fixed moments, `intervalMs` apart, counted from its start as Kafka's scheduler does, but only while there is
 * something to look at: an idle broker keeps no timer.
 */
export class Reaper {
  readonly #clock: Clock
  readonly #intervalMs: number
  readonly #startedAt: number
  readonly #scan: () => void
  #timer: CancelTimer | undefined

  constructor(clock: Clock, intervalMs: number, scan: () => void) {
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#startedAt = clock.now()
    this.#scan = scan
  }

  /** Makes sure that a scan is coming. */
  wake(): void {
    if (this.#timer !== undefined) return
    const sinceLast = (this.#clock.now() - this.#startedAt) % this.#intervalMs
    this.#timer = this.#clock.after(this.#intervalMs - sinceLast, () => {
      this.#timer = undefined
      this.#scan()
    })
  }

  suspend(): void {
    this.#timer?.()
    this.#timer = undefined
  }
}
