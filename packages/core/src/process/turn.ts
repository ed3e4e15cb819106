import type { Clock } from '../observe/clock.js'

/** How long a lane may go on without letting timers, sockets and heartbeats have their turn. */
const turnMs = 10
/** Records between two looks at the clock, at most: looking costs as much as a small record. */
const maxStride = 8

/**
 * Says when a lane that never waits must let the event loop go on. It looks at the clock after every record while records
 * are slow, and after up to eight while they are fast, so that a handler that begins to block is noticed soon.
 */
export class Turn {
  #lookedAt: number
  #endsAt: number
  #stride = 1
  #left = 1

  constructor(private readonly clock: Clock) {
    this.#lookedAt = clock.now()
    this.#endsAt = this.#lookedAt + turnMs
  }

  /** Called once per record. */
  isOver(): boolean {
    this.#left -= 1
    if (this.#left > 0) return false
    const now = this.clock.now()
    this.#stride = now - this.#lookedAt < 1 ? Math.min(maxStride, this.#stride * 2) : 1
    this.#left = this.#stride
    this.#lookedAt = now
    return now >= this.#endsAt
  }

  /** Lets everything else have its turn, then begins a new one. */
  async pass(): Promise<void> {
    await this.clock.yield()
    this.#lookedAt = this.clock.now()
    this.#endsAt = this.#lookedAt + turnMs
  }
}
