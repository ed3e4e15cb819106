import assert from 'node:assert/strict'
import type { Transaction, TransactionalSender } from '@millrace/core'
import type { RuleRig } from '../rig.js'
import type { ConformanceRule } from '../rule.js'
import { awkwardHeaders, everyByte, shown } from './bytes.js'
import { numbers } from './numbered.js'
import { plain, valuesOf } from './outgoing.js'

export const sendAll = async (transaction: Transaction, topic: string, values: readonly string[]): Promise<void> => {
  await Promise.all(values.map((value) => transaction.send(plain(topic, value, 0))))
}

/** A whole transaction of these. */
export async function transact(producer: TransactionalSender, topic: string, values: readonly string[]): Promise<void> {
  const transaction = producer.begin()
  await sendAll(transaction, topic, values)
  await transaction.commit()
}

/** Waits for so many records, and returns what they are: a commit is answered before every reader can see it. */
export async function seen(rig: RuleRig, topic: string, count: number): Promise<string[]> {
  let values: string[] = []
  await rig.until(`${count} records of ${topic}`, async () => {
    values = valuesOf(await rig.cluster.read(topic))
    return values.length >= count
  })
  return values
}

/** What a transaction holds: all of it, nothing else, byte for byte, in order, and not before its end. */
export const transactionRules: readonly ConformanceRule[] = [
  {
    id: 'an-open-transaction-is-invisible',
    name: 'nobody sees a record of a transaction before it is committed, and everybody all of them afterwards',
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const log = await rig.join(topic)
      const producer = await rig.transactions()
      await rig.settled(log)
      const values = ['open 0', 'open 1', 'open 2']
      const transaction = producer.begin()
      await sendAll(transaction, topic, values)
      await rig.wait(rig.limits.quietMs)
      assert.deepEqual([log.values(), await rig.cluster.read(topic)], [[], []])
      await transaction.commit()
      await rig.until('the records', () => log.records().length >= 3)
      assert.deepEqual([log.values(), valuesOf(await rig.cluster.read(topic))], [values, values])
    },
  },
  {
    id: 'an-aborted-transaction-leaves-nothing',
    name: 'no record of an aborted transaction is ever seen, by a member or by an independent reader',
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const log = await rig.join(topic)
      const producer = await rig.transactions()
      const transaction = producer.begin()
      await sendAll(transaction, topic, numbers(3))
      await transaction.abort()
      await transact(producer, topic, ['after'])
      assert.deepEqual(await seen(rig, topic, 1), ['after'])
      await rig.until('a record', () => log.records().length > 0)
      assert.deepEqual(log.values(), ['after'])
    },
  },
  {
    id: 'a-transaction-spans-topics',
    name: 'a transaction holds several partitions of several topics, all of them or none',
    needs: ['exactly-once'],
    async run(rig) {
      const topics = [await rig.topic({ partitions: 3 }), await rig.topic({ partitions: 2 })] as const
      const places = [0, 1, 2].map((p) => [topics[0], p] as const).concat([0, 1].map((p) => [topics[1], p] as const))
      const producer = await rig.transactions()
      for (const end of ['abort', 'commit'] as const) {
        const transaction = producer.begin()
        await Promise.all(places.map(([topic, partition]) => transaction.send(plain(topic, end, partition))))
        await transaction[end]()
      }
      assert.deepEqual(await seen(rig, topics[0], 3), ['commit', 'commit', 'commit'])
      assert.deepEqual(await seen(rig, topics[1], 2), ['commit', 'commit'])
    },
  },
  {
    id: 'transactions-keep-order',
    name: 'records of one partition are stored in the order of their send calls, within a transaction and over several',
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const producer = await rig.transactions({ maxBatchBytes: 1000 })
      for (const from of [0, 150, 300]) await transact(producer, topic, numbers(150, from))
      assert.deepEqual(await seen(rig, topic, 450), numbers(450))
    },
  },
  {
    id: 'a-transaction-honours-partitions',
    name: 'in a transaction, too, a record that names its partition goes there, whatever its key, and is reported there',
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic({ partitions: 4 })
      const transaction = (await rig.transactions()).begin()
      const key = Buffer.from('one key')
      const reports = await Promise.all(
        [3, 1, 2, 0].map((partition) => transaction.send({ ...plain(topic, String(partition), partition), key })),
      )
      await transaction.commit()
      assert.deepEqual(
        reports.map(({ partition, offset }) => [partition, offset]),
        [3, 1, 2, 0].map((partition) => [partition, 0n]),
      )
      await seen(rig, topic, 4)
      for (const { partition, value } of await rig.cluster.read(topic)) assert.equal(String(partition), String(value))
    },
  },
  {
    id: 'a-transaction-takes-keys-as-java',
    name: 'in a transaction, too, the key decides by murmur2 where no partition is named',
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic({ partitions: 7 })
      const transaction = (await rig.transactions()).begin()
      // The hashes of Kafka's own UtilsTest.testMurmur2.
      const hashes = { '21': -973932308, foobar: -790332482, abc: 479470107, 'a-little-bit-long-string': -985981536 }
      for (const [key, hash] of Object.entries(hashes)) {
        const { partition } = await transaction.send({ ...plain(topic, 'x'), key: Buffer.from(key) })
        assert.equal(partition, (hash & 0x7fffffff) % 7, `the partition of the key ${key}`)
      }
      await transaction.commit()
    },
  },
  {
    id: 'transactional-bytes-are-exact',
    name: 'keys, values, headers and timestamps of a transaction are stored byte for byte',
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const parts = [null, Buffer.alloc(0), everyByte]
      const records = parts
        .flatMap((key) => parts.map((value) => ({ key, value })))
        .map((record, index) => ({
          ...record,
          headers: awkwardHeaders[index % awkwardHeaders.length] ?? [],
          timestamp: 1_700_000_000_000 + index,
        }))
      const transaction = (await rig.transactions()).begin()
      await Promise.all(records.map((record) => transaction.send({ topic, partition: 0, ...record })))
      await transaction.commit()
      await seen(rig, topic, records.length)
      assert.deepEqual(
        (await rig.cluster.read(topic)).map((one) => [shown(one.key), shown(one.value), one.headers, one.timestamp]),
        records.map((one) => [shown(one.key), shown(one.value), one.headers, one.timestamp]),
      )
    },
  },
  {
    id: 'a-hundred-transactions-in-a-row',
    name: 'a hundred transactions follow each other without a pause, and each is there once',
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const producer = await rig.transactions()
      for (const value of numbers(100)) await transact(producer, topic, [value])
      assert.deepEqual(await seen(rig, topic, 100), numbers(100))
    },
  },
]
