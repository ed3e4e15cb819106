import { AsyncLocalStorage } from 'node:async_hooks'
import type { AnyTopic } from '../declare/topic.js'
import { fail, isMillraceError } from '../millrace-error.js'
import { orAborted } from '../observe/or-aborted.js'
import { encodeMessage } from './encode-message.js'
import { createInOrder } from './in-order.js'
import type { MessageOf, ProducerMessage } from './producer.js'
import type { DeliveryReport, OutgoingRecord } from './sender.js'
import type { PrepareTopic } from './serde-preparation.js'
import type { Transaction, TransactionalSender } from './transactional-sender.js'

/** What the function of a transaction is handed. It ends with the function. */
export interface ProducerTransaction {
  /**
   * Sends a record to any topic. Its promise may be left alone: the commit waits for every record, and one that failed
   * aborts the transaction.
   * @throws MillraceError `MILLRACE_ENCODE_FAILED`, `MILLRACE_TRANSACTION_STATE` once the function has returned or its signal has
   * aborted, and the codes of `Sender.send`.
   */
  send<T extends AnyTopic>(topic: T, message: MessageOf<T>): Promise<DeliveryReport>
}

/** Sends records of several topics together: a `read_committed` reader sees all of a transaction, or nothing of it. */
export interface TransactionalProducer {
  /**
   * Runs a function in a transaction, commits when it returns, and answers with what it returned. When it throws, the
   * transaction is aborted, and the error is its caller's. One transaction at a time: calls wait for each other, in order. A signal
   * that aborts ends the wait, or aborts the transaction as long as its end was not asked for; a function that hangs is left behind.
   * @throws MillraceError `MILLRACE_TRANSACTION_ABORTED` (nothing is visible: run it again), `MILLRACE_TRANSACTION_FENCED` (nothing is
   * visible; another producer has taken this id over, or the transaction was open for longer than its time-out, and this producer is
   * over), `MILLRACE_TRANSACTION_UNKNOWN` (committed or aborted, as a whole), `MILLRACE_TRANSACTION_STATE` (inside of another one,
   * which it would wait for).
   */
  transaction<Result>(
    run: (tx: ProducerTransaction) => Result | Promise<Result>,
    options?: { readonly signal?: AbortSignal },
  ): Promise<Result>
}

export interface TransactionalProducerParts {
  readonly transactionalId: string
  /** The same sender each time. Opened at the first transaction, and again at a later one where that failed. */
  readonly open: (signal: AbortSignal) => Promise<TransactionalSender>
  /** The name of a topic in the cluster. */
  readonly nameOf: (topic: AnyTopic) => string
  /** Makes the serdes of a topic ready before its first record. */
  readonly prepare?: PrepareTopic
}

const neverAborted = new AbortController().signal

/** Puts serdes, and the order of calls, in front of a transactional sender. */
export function createTransactionalProducer(parts: TransactionalProducerParts): TransactionalProducer {
  let before: Promise<unknown> = Promise.resolve()
  const inside = new AsyncLocalStorage<Scope>()
  let fenced: { readonly error: unknown } | undefined

  async function runInTurn<Result>(
    run: (tx: ProducerTransaction) => Result | Promise<Result>,
    signal: AbortSignal,
  ): Promise<Result> {
    if (fenced !== undefined) throw fenced.error // to begin again would fence the one that has taken over
    signal.throwIfAborted()
    const transaction = (await parts.open(signal)).begin()
    const scope = new Scope(transaction, parts)
    try {
      const result = await orAborted(
        inside.run(scope, () => run(scope)),
        signal,
      )
      await orAborted(scope.end(), signal)
      signal.throwIfAborted()
      await transaction.commit([], signal)
      return result
    } catch (error) {
      scope.giveUp()
      if (isMillraceError(error, 'MILLRACE_TRANSACTION_FENCED')) fenced = { error }
      await transaction.abort()
      throw error
    }
  }

  return {
    async transaction(run, { signal = neverAborted } = {}) {
      if (inside.getStore()?.isOver === false) {
        const facts = { transactionalId: parts.transactionalId, action: 'transaction()', state: 'open' }
        throw fail('MILLRACE_TRANSACTION_STATE', facts)
      }
      const turn = before
      const ended = Promise.withResolvers<void>()
      before = turn.then(() => ended.promise)
      try {
        await orAborted(turn, signal)
        return await runInTurn(run, signal)
      } finally {
        ended.resolve()
      }
    },
  }
}

/** Keeps count of what was sent, also while it is being encoded and the transaction does not know of it yet. */
class Scope implements ProducerTransaction {
  readonly #sending = new Set<Promise<DeliveryReport>>()
  readonly #line = createInOrder()
  #failed: { readonly error: unknown } | undefined
  isOver = false

  constructor(
    private readonly transaction: Transaction,
    private readonly parts: TransactionalProducerParts,
  ) {}

  send<T extends AnyTopic>(topic: T, message: MessageOf<T>): Promise<DeliveryReport> {
    const { transactionalId, nameOf } = this.parts
    if (this.isOver) {
      return Promise.reject(fail('MILLRACE_TRANSACTION_STATE', { transactionalId, action: 'send()', state: 'over' }))
    }
    // The compiler checked the message where send() was called.
    const sent = this.#line.run(
      () => this.#encode(topic, nameOf(topic), message as ProducerMessage<unknown, unknown>),
      (record) => this.transaction.send(record),
    )
    this.#sending.add(sent)
    // The commit waits for what is unanswered, and hears of what failed, whether or not the caller listens.
    sent.then(
      () => this.#sending.delete(sent),
      (error: unknown) => {
        this.#sending.delete(sent)
        this.#failed ??= { error }
      },
    )
    return sent
  }

  #encode(
    topic: AnyTopic,
    name: string,
    message: ProducerMessage<unknown, unknown>,
  ): OutgoingRecord | Promise<OutgoingRecord> {
    const ready = this.parts.prepare?.(topic, name)
    if (ready === undefined) return encodeMessage(topic, name, message)
    return ready.then(() => encodeMessage(topic, name, message))
  }

  /** Takes nothing more, and resolves when every record is stored; rejects with what kept one from it. */
  async end(): Promise<void> {
    this.isOver = true
    await Promise.allSettled(this.#sending)
    if (this.#failed !== undefined) throw this.#failed.error
  }

  /** Takes nothing more; what is still being sent belongs to the abort. */
  giveUp(): void {
    this.isOver = true
  }
}
