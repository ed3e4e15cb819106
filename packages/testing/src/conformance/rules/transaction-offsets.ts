import assert from 'node:assert/strict'
import type { Lease } from '@millrace/core'
import { outcomeOf, type RuleRig } from '../rig.js'
import type { ConformanceRule } from '../rule.js'
import { numbered } from './numbered.js'
import { plain } from './outgoing.js'
import { seen, sendAll, transact } from './transactions.js'

const ABORTED = 'MILLRACE_TRANSACTION_ABORTED'
const FENCED = 'MILLRACE_TRANSACTION_FENCED'

/** What the group has, as `partition=offset`. */
const committed = async (rig: RuleRig): Promise<string[]> =>
  (await rig.cluster.committed(rig.group)).map(({ partition, offset }) => `${partition}=${offset}`).toSorted()

/** A member that has read a topic of two partitions with five records each, and a producer of its driver beside it. */
async function pipeline(rig: RuleRig, heartbeatIntervalMs = 200) {
  const source = await rig.topic({ partitions: 2 })
  const sink = await rig.topic()
  await rig.cluster.write(source, [...numbered(5), ...numbered(5, 0, 1)])
  const driver = await rig.driver()
  const log = await rig.join(source, { driver, heartbeatIntervalMs })
  const producer = await rig.transactions({ driver })
  await rig.until('the records', () => log.records().length >= 10)
  return { source, sink, log, producer }
}

/** What offsets in a transaction do to a group, and what a group does to a transaction (KIP-447). */
export const transactionOffsetRules: readonly ConformanceRule[] = [
  {
    id: 'offsets-move-with-their-transaction',
    name: 'the offsets of a transaction are committed with its records, every one of them, and not before',
    needs: ['exactly-once'],
    async run(rig) {
      const { sink, log, producer } = await pipeline(rig)
      const transaction = producer.begin()
      await sendAll(transaction, sink, ['output'])
      assert.deepEqual(await committed(rig), [])
      await transaction.commit([
        { lease: log.lease(0), offset: 3n, metadata: 'of a transaction' },
        { lease: log.lease(1), offset: 4n },
      ])
      await rig.until('the offsets', async () => (await committed(rig)).length === 2)
      assert.deepEqual(await committed(rig), ['0=3', '1=4'])
      assert.deepEqual(await seen(rig, sink, 1), ['output'])
      const first = (await rig.cluster.committed(rig.group)).find(({ partition }) => partition === 0)
      assert.equal(first?.metadata, 'of a transaction')
    },
  },
  {
    id: 'offsets-alone-are-committed',
    name: 'a transaction with offsets and no record commits them',
    needs: ['exactly-once'],
    async run(rig) {
      const { log, producer } = await pipeline(rig)
      await producer.begin().commit([{ lease: log.lease(1), offset: 2n }])
      await rig.until('the offset', async () => (await committed(rig)).length > 0)
      assert.deepEqual(await committed(rig), ['1=2'])
    },
  },
  {
    id: 'aborted-offsets-are-not-taken',
    name: 'the offsets of a transaction that was aborted are not committed; its lease goes on in the next one',
    needs: ['exactly-once'],
    async run(rig) {
      const { sink, log, producer } = await pipeline(rig)
      const lease = log.lease(0)
      const doomed = producer.begin()
      assert.equal(await outcomeOf(doomed.send(plain(sink, 'nowhere', 7))), 'MILLRACE_PRODUCE_RECORD_INVALID')
      assert.equal(await outcomeOf(doomed.commit([{ lease, offset: 4n }])), ABORTED)
      const cut = producer.begin()
      await sendAll(cut, sink, ['cut'])
      assert.equal(await outcomeOf(cut.commit([{ lease, offset: 4n }], AbortSignal.abort())), ABORTED)

      await producer.begin().commit([{ lease: log.lease(1), offset: 1n }])
      await rig.until('the offset of the other', async () => (await committed(rig)).includes('1=1'))
      assert.deepEqual(await committed(rig), ['1=1'])
      await producer.begin().commit([{ lease, offset: 2n }])
      await rig.until('the offset of the lease', async () => (await committed(rig)).includes('0=2'))
    },
  },
  {
    id: 'an-ended-lease-is-fenced',
    name: `a commit with a lease of an older generation rejects with ${FENCED}: nothing of it is seen, no offset moves`,
    needs: ['exactly-once'],
    async run(rig) {
      const { source, sink, log, producer } = await pipeline(rig)
      const old = [log.lease(0), log.lease(1)]
      const second = await rig.join(source)
      await rig.settled(log, second)
      const refused = async (values: readonly string[], leases: readonly (Lease | undefined)[]): Promise<string> => {
        const transaction = producer.begin()
        await sendAll(transaction, sink, values)
        const offsets = leases.flatMap((lease) => (lease === undefined ? [] : [{ lease, offset: 3n }]))
        return outcomeOf(transaction.commit(offsets))
      }
      assert.equal(await refused(['of an old lease'], [old[0]]), FENCED)
      assert.equal(await refused(['of both'], [log.leases[0], old[1]]), FENCED)
      await transact(producer, sink, ['after'])
      assert.deepEqual([await seen(rig, sink, 1), await committed(rig)], [['after'], []])
    },
  },
  {
    id: 'a-lost-member-is-fenced',
    name: `a commit of a member that the group has thrown out rejects with ${FENCED}, whether it has heard of it or not`,
    needs: ['exactly-once', 'eviction'],
    async run(rig) {
      const { sink, log, producer } = await pipeline(rig, 4000)
      const lease = log.lease(0)
      const transaction = producer.begin()
      await sendAll(transaction, sink, ['zombie'])
      await rig.cluster.evict?.(rig.group)
      assert.equal(await outcomeOf(transaction.commit([{ lease, offset: 3n }])), FENCED)
      await transact(producer, sink, ['after'])
      assert.deepEqual([await seen(rig, sink, 1), await committed(rig)], [['after'], []])
    },
  },
  {
    id: 'a-start-waits-for-pending-offsets',
    name: 'a member begins behind an offset that was pending in a transaction, or at the old one if that was aborted',
    needs: ['exactly-once', 'transactions'],
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      await rig.cluster.write(topic, [...numbered(5), ...numbered(5, 0, 1)])
      for (const partition of [0, 1]) await rig.cluster.setCommitted(rig.group, { topic, partition }, 1n)
      const pending = (partition: number) => {
        const offsets = new Map([[partition, 3n]])
        return rig.cluster.openTransaction(topic, [], { group: rig.group, topic, offsets })
      }
      const [kept, dropped] = [await pending(0), await pending(1)]
      const log = await rig.join(topic)
      await rig.wait(rig.limits.quietMs)
      assert.deepEqual([log.all('assigned'), log.batches()], [[], []])
      await kept.commit()
      await dropped.abort()
      await rig.until('the records', () => log.records().length >= 6)
      assert.deepEqual(
        [0, 1].map((partition) => log.values({ partition })),
        [
          ['3', '4'],
          ['1', '2', '3', '4'],
        ],
      )
      assert.deepEqual(log.leases.map(({ partition, startOffset }) => `${partition}=${startOffset}`).toSorted(), [
        '0=3',
        '1=1',
      ])
    },
  },
]
