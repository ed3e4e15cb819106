import { isEnding, type TransactionState } from './transaction-state.js'

export interface TransactionalIdLimits {
  /** An id that was idle this long is forgotten, as Kafka does. */
  readonly idExpiryMs: number
  /** Beyond it the id that was idle longest is forgotten; one with a transaction never is. */
  readonly maxTransactionalIds: number
}

/** The states of all transactional ids, least recently changed first, bounded in time and number. */
export class TransactionalIds {
  readonly #states = new Map<string, TransactionState>()
  readonly #open = new Set<string>()
  readonly #limits: TransactionalIdLimits

  constructor(limits: TransactionalIdLimits) {
    this.#limits = limits
  }

  get(transactionalId: string): TransactionState | undefined {
    return this.#states.get(transactionalId)
  }

  all(): Iterable<TransactionState> {
    return this.#states.values()
  }

  /** The ids whose transactions can time out. */
  open(): readonly string[] {
    return [...this.#open]
  }

  set(state: TransactionState): void {
    const { transactionalId } = state
    if (!this.#states.delete(transactionalId)) this.#makeRoom(state.updatedAt)
    this.#states.set(transactionalId, state)
    if (state.status === 'Ongoing') this.#open.add(transactionalId)
    else this.#open.delete(transactionalId)
  }

  #makeRoom(now: number): void {
    for (const state of this.#states.values()) {
      const isExpired = state.updatedAt + this.#limits.idExpiryMs <= now
      if (!isExpired && this.#states.size < this.#limits.maxTransactionalIds) return
      if (state.status !== 'Ongoing' && !isEnding(state)) this.#states.delete(state.transactionalId)
    }
  }
}
