import assert from 'node:assert/strict'
import { outcomeOf } from '../rig.js'
import type { ConformanceRule } from '../rule.js'
import { numbers } from './numbered.js'
import { plain } from './outgoing.js'
import { seen, sendAll, transact } from './transactions.js'

const STATE = 'MILLRACE_TRANSACTION_STATE'
const ABORTED = 'MILLRACE_TRANSACTION_ABORTED'
const FENCED = 'MILLRACE_TRANSACTION_FENCED'

/** How transactions begin and end, and what is left of one that ended otherwise than asked: nothing, and the next one works. */
export const transactionEndRules: readonly ConformanceRule[] = [
  {
    id: 'one-transaction-at-a-time',
    name: `begin throws ${STATE} while a transaction is open, which goes on unharmed`,
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const producer = await rig.transactions()
      const transaction = producer.begin()
      await sendAll(transaction, topic, ['a'])
      assert.equal(await outcomeOf(() => void producer.begin()), STATE)
      await sendAll(transaction, topic, ['b'])
      await transaction.commit()
      assert.deepEqual(await seen(rig, topic, 2), ['a', 'b'])
    },
  },
  {
    id: 'an-ended-transaction-takes-nothing',
    name: `send and commit reject with ${STATE} once a transaction was committed or aborted, and store nothing`,
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const producer = await rig.transactions()
      for (const end of ['commit', 'abort'] as const) {
        const transaction = producer.begin()
        await sendAll(transaction, topic, [end])
        await transaction[end]()
        const outcomes = [transaction.send(plain(topic, `after ${end}`, 0)), transaction.commit()].map(outcomeOf)
        assert.deepEqual(await Promise.all(outcomes), [STATE, STATE])
        await transaction.abort()
      }
      await transact(producer, topic, ['next'])
      assert.deepEqual(await seen(rig, topic, 2), ['commit', 'next'])
    },
  },
  {
    id: 'the-first-end-counts',
    name: 'of commit and abort the one that was called first is what happens',
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const producer = await rig.transactions()
      const kept = producer.begin()
      await sendAll(kept, topic, ['kept'])
      assert.deepEqual(await Promise.all([outcomeOf(kept.commit()), outcomeOf(kept.abort())]), ['resolved', 'resolved'])
      const dropped = producer.begin()
      await sendAll(dropped, topic, ['dropped'])
      assert.deepEqual(await Promise.all([outcomeOf(dropped.abort()), outcomeOf(dropped.commit())]), [
        'resolved',
        STATE,
      ])
      await transact(producer, topic, ['next'])
      assert.deepEqual(await seen(rig, topic, 2), ['kept', 'next'])
    },
  },
  {
    id: 'an-empty-transaction-ends',
    name: 'a transaction without a record or an offset is committed and aborted like any other',
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const producer = await rig.transactions()
      await producer.begin().commit()
      await producer.begin().abort()
      await transact(producer, topic, ['after'])
      assert.deepEqual(await seen(rig, topic, 1), ['after'])
    },
  },
  {
    id: 'commit-waits-for-every-send',
    name: 'commit waits for the sends that are under way, and what they sent is part of it',
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const transaction = (await rig.transactions({ lingerMs: 200 })).begin()
      const sends = numbers(50).map((value) => outcomeOf(transaction.send(plain(topic, value, 0))))
      await transaction.commit()
      assert.deepEqual([...new Set(await Promise.all(sends))], ['resolved'])
      assert.deepEqual(await seen(rig, topic, 50), numbers(50))
    },
  },
  {
    id: 'a-failed-send-dooms-its-transaction',
    name: `a transaction with a send that failed is refused with ${ABORTED}, leaves nothing, and the next one works`,
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      const producer = await rig.transactions()
      const transaction = producer.begin()
      await sendAll(transaction, topic, ['doomed'])
      assert.equal(await outcomeOf(transaction.send(plain(topic, 'nowhere', 2))), 'MILLRACE_PRODUCE_RECORD_INVALID')
      assert.equal(await outcomeOf(transaction.commit()), ABORTED)
      await transact(producer, topic, ['after'])
      assert.deepEqual(await seen(rig, topic, 1), ['after'])
    },
  },
  {
    id: 'an-aborted-signal-aborts',
    name: `commit rejects with ${ABORTED} when its signal has aborted, leaves nothing, and the next one works`,
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const producer = await rig.transactions()
      const transaction = producer.begin()
      await sendAll(transaction, topic, ['given up'])
      assert.equal(await outcomeOf(transaction.commit([], AbortSignal.abort(new Error('enough')))), ABORTED)
      await transact(producer, topic, ['after'])
      assert.deepEqual(await seen(rig, topic, 1), ['after'])
    },
  },
  {
    id: 'an-abort-takes-late-sends-along',
    name: 'sends that an abort overtakes settle, and never show up in a later transaction',
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const producer = await rig.transactions()
      const transaction = producer.begin()
      await sendAll(transaction, topic, ['late'])
      const sends = numbers(50).map((value) => outcomeOf(transaction.send(plain(topic, `late ${value}`, 0))))
      await transaction.abort()
      await transact(producer, topic, ['next'])
      await Promise.all(sends)
      await transact(producer, topic, ['last'])
      assert.deepEqual(await seen(rig, topic, 2), ['next', 'last'])
    },
  },
  {
    id: 'close-aborts-what-is-open',
    name: 'close aborts the open transaction at once, may be called again, and nothing begins after it',
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const producer = await rig.transactions()
      await sendAll(producer.begin(), topic, ['left open'])
      const closing = [outcomeOf(producer.close()), outcomeOf(producer.close())]
      assert.deepEqual(await Promise.all(closing), ['resolved', 'resolved'])
      assert.equal(await outcomeOf(() => void producer.begin()), 'MILLRACE_PRODUCE_CLOSED')
      // A transaction that was left to its time-out would hold readers up.
      await transact(await rig.transactions(), topic, ['after'])
      assert.deepEqual(await seen(rig, topic, 1), ['after'])
    },
  },
  {
    id: 'a-second-opening-fences-the-first',
    name: `whoever opens an id that is in use aborts what is open, and the first one is refused with ${FENCED}`,
    needs: ['exactly-once'],
    async run(rig) {
      const topic = await rig.topic()
      const transactionalId = rig.uniqueName('tx')
      const transaction = (await rig.transactions({ transactionalId })).begin()
      await sendAll(transaction, topic, ['zombie'])
      await transact(await rig.transactions({ transactionalId }), topic, ['after'])
      assert.equal(await outcomeOf(transaction.commit()), FENCED)
      assert.deepEqual(await seen(rig, topic, 1), ['after'])
    },
  },
]
