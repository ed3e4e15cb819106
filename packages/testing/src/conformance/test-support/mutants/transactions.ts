import { systemClock } from '@millrace/core'
import { asObject } from './bytes.js'
import type { Mutant } from './mutant.js'
import { mutateTransaction, mutateTransactional } from './mutate-transactions.js'

const never = new AbortController().signal

export const transactionMutants: readonly Mutant[] = [
  {
    name: 'commits a transaction by itself after its third record',
    breaks: 'an-open-transaction-is-invisible',
    driver: mutateTransaction((transaction) => {
      let isDone = false
      return {
        async send(record) {
          const report = await transaction.send(record)
          isDone = String(record.value) === 'open 2' // the last one of the rule
          if (isDone) await transaction.commit()
          return report
        },
        commit: async (offsets, signal) => (isDone ? undefined : transaction.commit(offsets, signal)),
      }
    }),
  },
  {
    name: 'commits what it was told to abort',
    breaks: 'an-aborted-transaction-leaves-nothing',
    also: {
      'a-transaction-spans-topics': 'it aborts one',
      'an-ended-transaction-takes-nothing': 'it aborts one',
      'the-first-end-counts': 'it aborts one',
      'an-abort-takes-late-sends-along': 'it aborts one',
    },
    driver: mutateTransaction((transaction) => ({
      // After a commit it has nothing to do, and says so.
      abort: () => transaction.commit().catch(() => transaction.abort()),
    })),
  },
  {
    name: 'leaves the records of the second topic out of a transaction',
    breaks: 'a-transaction-spans-topics',
    driver: mutateTransaction((transaction, { world }) => {
      let first: string | undefined
      let others: Promise<unknown> = Promise.resolve()
      return {
        async send(record) {
          first ??= record.topic
          if (record.topic === first) return transaction.send(record)
          const sending = world.driver.openSender().then((sender) => sender.send(record))
          others = Promise.allSettled([others, sending])
          return sending
        },
        async abort() {
          await Promise.all([transaction.abort(), others])
        },
      }
    }),
  },
  {
    name: 'lets other records of a transaction overtake the hundredth',
    breaks: 'transactions-keep-order',
    driver: mutateTransaction((transaction) => {
      const sends: Promise<unknown>[] = []
      const send = async (record: Parameters<typeof transaction.send>[0]) => {
        if (sends.length === 99) await systemClock.yield()
        return transaction.send(record)
      }
      return {
        send(record) {
          const sending = send(record)
          sends.push(sending)
          return sending
        },
        async commit(offsets, signal) {
          if (sends.length > 99) await Promise.allSettled(sends)
          await transaction.commit(offsets, signal)
        },
      }
    }),
  },
  {
    name: 'keeps order within a transaction only: the third one comes before the second',
    breaks: 'transactions-keep-order',
    driver: mutateTransactional(({ value }) => {
      // The second and the third hundred and fifty of the rule change places.
      const number = Number(value)
      if (value === null || Number.isNaN(number) || number < 150 || number >= 450) return {}
      return { value: Buffer.from(String(number < 300 ? number + 150 : number - 150)) }
    }),
  },
  {
    name: 'lets the key decide in a transaction although a partition is named',
    breaks: 'a-transaction-honours-partitions',
    driver: mutateTransaction((transaction) => ({
      send: ({ partition, ...record }) =>
        transaction.send({ ...record, ...(partition === undefined || record.key?.length === 7 ? {} : { partition }) }),
    })),
  },
  {
    name: 'adds the bytes of a key up for its partition in a transaction',
    breaks: 'a-transaction-takes-keys-as-java',
    driver: mutateTransaction((transaction, { world }) => ({
      async send(record) {
        const { topic, key, partition } = record
        if (key === null || partition !== undefined) return transaction.send(record)
        const count = (await world.driver.describeTopics([topic], never)).get(topic)?.partitions ?? 1
        return transaction.send({ ...record, partition: key.reduce((sum, byte) => sum + byte, 0) % count })
      },
    })),
  },
  {
    name: 'sends a null value of a transaction as an empty one',
    breaks: 'transactional-bytes-are-exact',
    driver: mutateTransactional(({ value }) => ({ value: value ?? Buffer.alloc(0) })),
  },
  {
    name: 'sends an empty key of a transaction as none',
    breaks: 'transactional-bytes-are-exact',
    driver: mutateTransactional(({ key }) => ({ key: key?.length === 0 ? null : key })),
  },
  {
    name: 'keeps the headers of a transaction in an object',
    breaks: 'transactional-bytes-are-exact',
    driver: mutateTransactional(({ headers = [] }) => ({ headers: asObject(headers) })),
  },
  {
    name: 'stamps the records of a transaction with the time of sending',
    breaks: 'transactional-bytes-are-exact',
    driver: mutateTransactional(() => ({ timestamp: Date.now() })),
  },
  {
    name: 'leaves nothing behind of every fiftieth transaction',
    breaks: 'a-hundred-transactions-in-a-row',
    driver: mutateTransaction((transaction, { count }) => ({
      commit: (offsets, signal) => (count % 50 === 0 ? transaction.abort() : transaction.commit(offsets, signal)),
    })),
  },
]
