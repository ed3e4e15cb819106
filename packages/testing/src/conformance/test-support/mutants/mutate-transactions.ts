import type { Driver, OutgoingRecord, Transaction, TransactionalSender, TransactionOptions } from '@millrace/core'
import type { InMemoryWorld } from '../../in-memory/in-memory-cluster.js'
import { overlay } from './mutate-member.js'

export interface MutatedProducer {
  readonly world: InMemoryWorld
  readonly options: TransactionOptions
  /** How many transactions were begun so far, this one included. */
  readonly count: number
  readonly producer: TransactionalSender
}

/** A driver whose transactional producers are broken as told. */
export const mutateProducer =
  (
    change: (
      producer: TransactionalSender,
      world: InMemoryWorld,
      options: TransactionOptions,
    ) => Partial<TransactionalSender>,
  ) =>
  (world: InMemoryWorld): Driver => ({
    ...world.driver,
    async openTransactions(options, signal) {
      const producer = await world.driver.openTransactions(options, signal)
      return overlay(producer, change(producer, world, options))
    },
  })

/** A driver whose transactions are broken as told: the function is called once per transaction. */
export const mutateTransaction = (
  change: (transaction: Transaction, mutated: MutatedProducer) => Partial<Transaction>,
): ((world: InMemoryWorld) => Driver) =>
  mutateProducer((producer, world, options) => {
    let count = 0
    return {
      begin() {
        count += 1
        const transaction = producer.begin()
        return overlay(transaction, change(transaction, { world, options, count, producer }))
      },
    }
  })

/** A driver that changes records of transactions on their way out. */
export const mutateTransactional = (
  change: (record: OutgoingRecord, mutated: MutatedProducer) => Partial<OutgoingRecord>,
) =>
  mutateTransaction((transaction, mutated) => ({
    send: (record) => transaction.send({ ...record, ...change(record, mutated) }),
  }))
