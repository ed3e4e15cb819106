import type { CancelTimer, Clock } from '../clock/clock.js'

/**
 * Which transactions wait for their markers. They are written in a turn of their own, after EndTxn was answered, and not while a
 * hold is on them: that keeps the window of CONCURRENT_TRANSACTIONS (51) open for as long as a test wants.
 */
export class MarkerQueue {
  readonly #clock: Clock
  readonly #write: (transactionalId: string) => void
  readonly #due = new Set<string>()
  /** Holds by transactional id; those of undefined are on all. */
  readonly #holds = new Map<string | undefined, number>()
  #timer: CancelTimer | undefined

  constructor(clock: Clock, write: (transactionalId: string) => void) {
    this.#clock = clock
    this.#write = write
  }

  add(transactionalId: string): void {
    this.#due.add(transactionalId)
    this.#arm()
  }

  /** Returns the release, which counts once. */
  hold(transactionalId: string | undefined): () => void {
    this.#holds.set(transactionalId, (this.#holds.get(transactionalId) ?? 0) + 1)
    let isHeld = true
    return () => {
      if (!isHeld) return
      isHeld = false
      const others = (this.#holds.get(transactionalId) ?? 1) - 1
      if (others === 0) this.#holds.delete(transactionalId)
      else this.#holds.set(transactionalId, others)
      this.#arm()
    }
  }

  isHeld(transactionalId: string): boolean {
    return this.#holds.has(undefined) || this.#holds.has(transactionalId)
  }

  /** What is due stays due, but nothing is written before something is added again. */
  suspend(): void {
    this.#timer?.()
    this.#timer = undefined
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#due.size === 0) return
    this.#timer = this.#clock.after(0, () => {
      this.#timer = undefined
      this.#flush()
    })
  }

  #flush(): void {
    for (const transactionalId of this.#due) {
      if (this.isHeld(transactionalId)) continue
      this.#due.delete(transactionalId)
      this.#write(transactionalId)
    }
  }
}
