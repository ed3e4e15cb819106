/** A run that went on when its lease had ended. */
export interface Straggler {
  /** Stops following it: the worker is over. */
  forget(): void
}

/**
 * Runs of one handler that outlive their lease, by partition. Where the same partition comes back to the same worker, its
 * lane waits for them: what they still do must not happen beside a new run of the same record, or out of order. They are
 * followed no longer than their time limit and grace: whoever ignores its signal for so long is late, and waited for no more.
 */
export class Stragglers {
  readonly #byPartition = new Map<number, Set<Straggler>>()
  readonly #waiting = new Set<() => void>()

  add(partition: number, straggler: Straggler): void {
    const known = this.#byPartition.get(partition)
    if (known === undefined) this.#byPartition.set(partition, new Set([straggler]))
    else known.add(straggler)
  }

  delete(partition: number, straggler: Straggler): void {
    const known = this.#byPartition.get(partition)
    if (known?.delete(straggler) !== true || known.size > 0) return
    this.#byPartition.delete(partition)
    for (const look of [...this.#waiting]) look()
  }

  count(partition: number): number {
    return this.#byPartition.get(partition)?.size ?? 0
  }

  /** Resolves when the partition has none, or the signal aborts. */
  gone(partition: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.count(partition) > 0 && !signal.aborted) return
        this.#waiting.delete(look)
        signal.removeEventListener('abort', look)
        resolve()
      }
      this.#waiting.add(look)
      signal.addEventListener('abort', look)
      look()
    })
  }

  /** Follows none of them any more. */
  clear(): void {
    for (const known of [...this.#byPartition.values()]) for (const straggler of [...known]) straggler.forget()
  }
}
