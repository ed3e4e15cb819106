import { fail, type Transaction, type TransactionalSender } from '@millrace/core'
import type { Mutant } from './mutant.js'
import { mutateProducer, mutateTransaction } from './mutate-transactions.js'

const opened = (options: { readonly transactionalId: string }) => ({
  transactionalId: options.transactionalId,
  transactionTimeoutMs: 60_000,
})
const never = new AbortController().signal

export const transactionEndMutants: readonly Mutant[] = [
  {
    name: 'begins a second transaction and aborts the first for it',
    breaks: 'one-transaction-at-a-time',
    driver: mutateProducer((producer) => {
      let last: Transaction | undefined
      const begin = (): Transaction => (last = producer.begin())
      return {
        begin() {
          try {
            return begin()
          } catch (error) {
            if (last === undefined) throw error
            void last.abort() // at once, in the scripted driver
            return begin()
          }
        },
      }
    }),
  },
  {
    name: 'sends what comes after the end of a transaction without one',
    breaks: 'an-ended-transaction-takes-nothing',
    driver: mutateTransaction((transaction, { world }) => {
      let isOver = false
      return {
        async send(record) {
          return isOver ? (await world.driver.openSender()).send(record) : transaction.send(record)
        },
        async commit(offsets, signal) {
          await transaction.commit(offsets, signal)
          isOver = true
        },
      }
    }),
  },
  {
    name: 'calls a second commit of a transaction a success',
    breaks: 'an-ended-transaction-takes-nothing',
    driver: mutateTransaction((transaction) => {
      let isCommitted = false
      return {
        async commit(offsets, signal) {
          if (isCommitted) return
          await transaction.commit(offsets, signal)
          isCommitted = true
        },
      }
    }),
  },
  {
    name: 'aborts what is being committed',
    breaks: 'the-first-end-counts',
    driver: mutateTransaction((transaction) => {
      let isCommitting = false
      let isCut = false
      return {
        async commit(offsets, signal) {
          isCommitting = true
          await Promise.resolve()
          if (!isCut) await transaction.commit(offsets, signal)
          isCommitting = false
        },
        abort() {
          isCut ||= isCommitting
          return transaction.abort()
        },
      }
    }),
  },
  {
    name: 'refuses to commit a transaction that holds nothing',
    breaks: 'an-empty-transaction-ends',
    driver: mutateTransaction((transaction, { options: { transactionalId } }) => {
      let isEmpty = true
      let isOver = false
      return {
        send(record) {
          isEmpty = false
          return transaction.send(record)
        },
        async commit(offsets = [], signal) {
          if (isEmpty && !isOver && offsets.length === 0) {
            await transaction.abort()
            throw fail('MILLRACE_TRANSACTION_STATE', { transactionalId, action: 'commit', state: 'empty' })
          }
          await transaction.commit(offsets, signal)
        },
        abort() {
          isOver = true
          return transaction.abort()
        },
      }
    }),
  },
  {
    name: 'commits without the sends that linger',
    breaks: 'commit-waits-for-every-send',
    driver: mutateTransaction((transaction, { options: { lingerMs = 0 } }) => {
      const lingering: (() => void)[] = []
      return {
        async send(record) {
          if (lingerMs >= 200) await new Promise<void>((resolve) => lingering.push(resolve))
          return transaction.send(record)
        },
        async commit(offsets, signal) {
          await transaction.commit(offsets, signal)
          for (const go of lingering) go()
        },
      }
    }),
  },
  {
    name: 'commits the rest of a transaction whose send failed',
    breaks: 'a-failed-send-dooms-its-transaction',
    driver: mutateTransaction((transaction) => ({
      async send(record) {
        const { topic, partition } = record
        const isOfTheRule = partition === 2 && String(record.value) === 'nowhere'
        if (!isOfTheRule) return transaction.send(record)
        throw fail('MILLRACE_PRODUCE_RECORD_INVALID', { topic, partition: 2, reason: 'it does not exist' })
      },
    })),
  },
  {
    name: 'is good for nothing after a send of a transaction has failed',
    breaks: 'a-failed-send-dooms-its-transaction',
    also: { 'aborted-offsets-are-not-taken': 'its next transactions do not work either' },
    driver: mutateProducer((producer, _world, { transactionalId }) => {
      let isWedged = false
      return {
        begin() {
          if (isWedged)
            throw fail('MILLRACE_TRANSACTION_STATE', { transactionalId, action: 'begin', state: 'aborting' })
          const transaction = producer.begin()
          return {
            send: (record) =>
              transaction.send(record).catch((error: unknown) => {
                isWedged ||= record.partition !== 0
                throw error
              }),
            commit: (offsets, signal) => transaction.commit(offsets, signal),
            abort: () => transaction.abort(),
          }
        },
      }
    }),
  },
  {
    name: 'commits although its signal has aborted',
    breaks: 'an-aborted-signal-aborts',
    also: { 'aborted-offsets-are-not-taken': 'it gives one up by its signal' },
    driver: mutateTransaction((transaction) => ({ commit: (offsets) => transaction.commit(offsets) })),
  },
  {
    name: 'puts sends that an abort has overtaken into the next transaction',
    breaks: 'an-abort-takes-late-sends-along',
    driver: mutateProducer((producer) => {
      let kept: Parameters<Transaction['send']>[0][] = []
      return {
        begin() {
          const transaction = producer.begin()
          for (const record of kept.splice(0)) void transaction.send(record)
          const open = new Set<Parameters<Transaction['send']>[0]>()
          let isOver = false
          return {
            async send(record) {
              if (!isOver) open.add(record)
              const report = await transaction.send(record)
              open.delete(record)
              return report
            },
            commit: (offsets, signal) => transaction.commit(offsets, signal),
            async abort() {
              if (!isOver) kept = [...open]
              isOver = true
              await transaction.abort()
            },
          }
        },
      }
    }),
  },
  {
    name: 'leaves an open transaction to its time-out when it is closed',
    breaks: 'close-aborts-what-is-open',
    driver: mutateProducer((producer) => {
      let isClosed = false
      return {
        begin() {
          if (isClosed) throw fail('MILLRACE_PRODUCE_CLOSED', {})
          return producer.begin()
        },
        async close() {
          isClosed = true
        },
      }
    }),
  },
  {
    name: 'begins another transaction after it was closed',
    breaks: 'close-aborts-what-is-open',
    driver: mutateProducer((producer, { driver }, options) => {
      let reopened: TransactionalSender | undefined
      return {
        begin: () => (reopened ?? producer).begin(),
        async close() {
          await producer.close()
          reopened ??= await driver.openTransactions(opened(options), never)
        },
      }
    }),
  },
  {
    name: 'lets two producers have one id',
    breaks: 'a-second-opening-fences-the-first',
    driver: (world) => ({
      ...world.driver,
      openTransactions: (options, signal) =>
        world.driver.openTransactions(
          { ...options, transactionalId: `${options.transactionalId}-${random()}` },
          signal,
        ),
    }),
  },
]

let last = 0
const random = (): number => (last += 1)
