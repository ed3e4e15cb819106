import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { meddle } from '../test-support/meddle.js'
import { API } from '../test-support/watch-requests.js'
import { createTransactionStages, transact } from '../transact/test-support/transaction-stage.js'
import { bareConsumer, bareProducer } from './test-support/bare-kafkajs.js'

describeWithBroker(
  'K2: only who owns a partition commits its offset, and who takes it over waits for what is pending',
  (broker) => {
    const { bootstrap, admin, probe } = broker
    const meddling = meddle()
    const { stage, leaveAll } = createTransactionStages(broker, [meddling.guard])
    afterEach(leaveAll)

    async function bareStage() {
      const [topic, group] = [uniqueName('orders'), uniqueName('billing')]
      await admin.createTopic(topic)
      await probe.produce(
        topic,
        Array.from({ length: 20 }, () => ({ value: 'x' })),
      )
      const join = () => bareConsumer({ brokers: bootstrap, topics: [topic], group, run: { autoCommit: false } })
      const retry = { initialRetryTime: 5, maxRetryTime: 200, retries: 20 }
      const producer = await bareProducer(bootstrap, {
        transactionalId: uniqueName('tx'),
        maxInFlightRequests: 1,
        retry,
      })
      const offsets = (offset: string) => ({
        consumerGroupId: group,
        topics: [{ topic, partitions: [{ partition: 0, offset }] }],
      })
      return { topic, group, join, producer, offsets }
    }

    test('red on bare kafkajs: a member that has left commits over the offset of the one that works now', async () => {
      const { topic, group, join, producer, offsets } = await bareStage()
      const first = await join()
      await expect.poll(() => first.records.length).toBe(20)
      await first.consumer.disconnect()
      const second = await join()
      await expect.poll(() => second.records.length).toBe(20)
      await second.consumer.commitOffsets([{ topic, partition: 0, offset: '15' }])

      const late = await producer.transaction()
      await late.sendOffsets(offsets('5'))
      await late.commit()
      await expect.poll(async () => (await admin.committed(group))[0]?.offset).toBe(5n)
    })

    test('green: offsets of an earlier generation are refused, nothing of their transaction is visible, and its leases are over', async () => {
      const { open, hold, join, record, stored, committed } = await stage({ transactionTimeoutMs: 60_000 })
      const { member, lease } = await hold(20)
      const sender = await open()
      const frozen = meddling.hold(API.txnOffsetCommit)
      const late = transact(sender, [record('late')], [{ lease, offset: 5n }])
      await frozen.reached
      const other = join({}, { commitEveryMs: 1_000_000 })
      await member.when('the next generation', ({ assignments }) => assignments.length === 2)
      await other.when('the next generation', ({ assignments }) => assignments.length === 1)
      const owner = [member, other].find(({ leases }) => leases.length > 0)
      const mine = owner?.leases[0] ?? lease
      await owner?.when('its records', ({ batches }) =>
        batches.some((one) => one.lease === mine && one.batch.nextOffset === 20n),
      )
      await owner?.member.commit([{ lease: mine, offset: 15n }], AbortSignal.timeout(10_000))

      frozen.release()
      expect(await late).toBe('MILLRACE_TRANSACTION_FENCED')
      expect(lease.isLive).toBe(false)
      expect([await stored(), await committed()]).toEqual([[], 15n])
    })

    test('green: a new owner waits for the end of a transaction that is being committed, and begins behind it', async () => {
      const { open, hold, join, record, stored } = await stage({ transactionTimeoutMs: 60_000 })
      const { member, lease } = await hold(20)
      const sender = await open()
      const frozen = meddling.hold(API.endTxn)
      const pending = transact(sender, [record('a')], [{ lease, offset: 15n }])
      await frozen.reached
      await member.leave()
      const next = join({}, { commitEveryMs: 1_000_000 })
      setTimeout(frozen.release, 500)
      expect(await pending).toBe('committed')
      await next.when('its lease', ({ leases }) => leases.length === 1)
      expect(next.leases[0]?.startOffset).toBe(15n)
      expect(await stored()).toEqual(['a'])
    })
  },
)
