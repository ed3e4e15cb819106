import type { Clock, Timer } from '../observe/clock.js'

/** Something that must end in time. */
export interface Timed {
  /** When its time began, on the clock's `now`. */
  readonly startedAt: number
  /** Called once when its time is up. */
  expire(): void
}

/**
 * One time limit for many runs, with one timer in all. All of them have the same limit, so the one that started first is
 * due first, and only for that one a timer is set.
 */
export class Deadlines {
  readonly #runs = new Set<Timed>()
  #timer: Timer | undefined

  constructor(
    private readonly limitMs: number,
    private readonly clock: Clock,
  ) {}

  add(run: Timed): void {
    this.#runs.add(run)
    if (this.#timer === undefined) this.#arm()
  }

  delete(run: Timed): void {
    this.#runs.delete(run)
    if (this.#runs.size === 0) this.#disarm()
  }

  #arm(): void {
    for (const first of this.#runs) {
      const leftMs = Math.max(0, first.startedAt + this.limitMs - this.clock.now())
      this.#timer = this.clock.after(leftMs, () => this.#sweep())
      return
    }
  }

  #disarm(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #sweep(): void {
    this.#timer = undefined
    const now = this.clock.now()
    for (const run of this.#runs) {
      if (run.startedAt + this.limitMs > now) break
      this.#runs.delete(run)
      run.expire()
    }
    this.#arm()
  }
}
