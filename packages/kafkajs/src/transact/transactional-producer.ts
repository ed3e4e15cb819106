import { fail, type Transaction, type TransactionalSender } from '@millrace/core'
import { OpenTransaction, type OpenTransactionParts } from './open-transaction.js'

export interface TransactionalProducerParts extends Omit<OpenTransactionParts, 'closing'> {
  readonly closing: AbortController
  /** Ends every connection. */
  readonly disconnect: () => Promise<void>
}

/** How long `close` waits for the end of what is open. */
const CLOSE_LIMIT_MS = 5_000

/** One transaction after the other under one transactional id. */
export class TransactionalProducer implements TransactionalSender {
  readonly #parts: TransactionalProducerParts
  #current: OpenTransaction | undefined
  #closing: Promise<void> | undefined

  constructor(parts: TransactionalProducerParts) {
    this.#parts = parts
  }

  begin(): Transaction {
    if (this.#closing !== undefined) throw fail('MILLRACE_PRODUCE_CLOSED', {})
    const { transactionalId, closing } = this.#parts
    if (this.#current !== undefined && !this.#current.hasEnded) {
      const { state } = this.#current
      throw fail('MILLRACE_TRANSACTION_STATE', { transactionalId, action: 'A second transaction', state })
    }
    return (this.#current = new OpenTransaction({ ...this.#parts, closing: closing.signal }))
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close())
  }

  async #close(): Promise<void> {
    const { clock, closing, disconnect } = this.#parts
    const timedOut = new AbortController()
    this.#current?.callOff('its producer is being closed')
    const ended = this.#current?.abort().finally(() => timedOut.abort())
    if (ended !== undefined) await clock.wait(CLOSE_LIMIT_MS, timedOut.signal)
    closing.abort(new Error('the producer is closed'))
    await disconnect()
    // What was still under way fails now, at the latest with its connection.
    await ended
  }
}
