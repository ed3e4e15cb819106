import type { PauseReason } from '../observe/events.js'

/** Why a partition is not fetched. Fetching stops with the first reason and goes on when none is left. */
export class Pauses {
  readonly #reasons = new Set<PauseReason>()

  constructor(
    private readonly fetching: { pause(): void; resume(): void },
    /** Told about every reason but back-pressure, which comes and goes with each batch. */
    private readonly onChange: (name: 'partition.paused' | 'partition.resumed', reason: PauseReason) => void,
  ) {}

  get reasons(): readonly PauseReason[] {
    return [...this.#reasons]
  }

  has(reason: PauseReason): boolean {
    return this.#reasons.has(reason)
  }

  add(reason: PauseReason): void {
    if (this.#reasons.has(reason)) return
    if (this.#reasons.size === 0) this.fetching.pause()
    this.#reasons.add(reason)
    if (reason !== 'back-pressure') this.onChange('partition.paused', reason)
  }

  delete(reason: PauseReason): void {
    if (this.#reasons.size === 0 || !this.#reasons.delete(reason)) return // asked after every record
    if (reason !== 'back-pressure') this.onChange('partition.resumed', reason)
    if (this.#reasons.size === 0) this.fetching.resume()
  }
}
