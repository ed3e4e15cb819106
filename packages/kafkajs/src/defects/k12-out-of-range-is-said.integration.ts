import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

describeWithBroker(
  'K12: an offset that the log no longer holds is said, and left by the policy that was chosen',
  (broker) => {
    const { bootstrap, admin, probe } = broker
    const { setup, leaveAll } = createDriverSetup(broker)
    afterEach(leaveAll)

    test('red on bare kafkajs: jumps over everything that is left, says nothing, and wipes the committed offset', async () => {
      const topic = uniqueName('orders')
      const group = uniqueName('billing')
      await admin.createTopic(topic)
      await probe.produce(
        topic,
        Array.from({ length: 100 }, (_, index) => ({ value: String(index) })),
      )
      await admin.setCommitted(group, topic, new Map([[0, 10n]]))
      await admin.deleteRecords(topic, new Map([[0, 50n]]))
      const bare = await bareConsumer({ brokers: bootstrap, topics: [topic], group, fromBeginning: false })
      // Kafka's admin leaves a negative offset out: it is -1 now.
      await expect.poll(() => admin.committed(group)).toEqual([])
      await expect
        .poll(async () => {
          await probe.produce(topic, [{ value: 'new' }])
          return bare.records.length
        })
        .toBeGreaterThan(0)
      expect(bare.records.every(({ value }) => value === 'new')).toBe(true)
      expect(bare.crashes).toEqual([])
    })

    test.each([
      ['earliest', 60n, 40],
      ['latest', 100n, 0],
    ] as const)('green: policy %s: goes on at %s, and names what is gone', async (outOfRange, to, rest) => {
      const { join, produce, topic, group } = await setup(1)
      await produce(100)
      await admin.setCommitted(group, topic, new Map([[0, 10n]]))
      await admin.deleteRecords(topic, new Map([[0, 60n]]))
      const pipeline = join({ outOfRange })
      await pipeline.when('the event', ({ events }) => events.length > 0)
      await pipeline.when('the rest', ({ handled }) => handled.length === rest)
      await produce(1, 100)
      await pipeline.when('one more', ({ handled }) => handled.length === rest + 1)

      expect(pipeline.events).toEqual([{ name: 'partition.out-of-range', group, topic, partition: 0, from: 10n, to }])
      expect(pipeline.handled[0]?.offset).toBe(to)
      await pipeline.leave()
      expect(await admin.committed(group)).toMatchObject([{ offset: 101n }])
    })

    test('green: policy fail: says so once, moves nothing, and other partitions go on', async () => {
      const { join, produce, topic, group } = await setup(2)
      await produce(20)
      await admin.setCommitted(
        group,
        topic,
        new Map([
          [0, 2n],
          [1, 0n],
        ]),
      )
      await admin.deleteRecords(topic, new Map([[0, 5n]]))
      const pipeline = join({ outOfRange: 'fail' })
      await pipeline.when('the healthy one', ({ handled }) => handled.length === 10)
      await pipeline.when('the event', ({ events }) => events.length > 0)
      await produce(2, 20)
      await pipeline.when('the healthy one', ({ handled }) => handled.length === 11)

      expect(pipeline.events).toMatchObject([
        { name: 'partition.failed', partition: 0, error: { message: expect.stringContaining('offset 2 of') } },
      ])
      expect(pipeline.handled.every(({ partition }) => partition === 1)).toBe(true)
      await pipeline.leave()
      expect(await admin.committed(group)).toContainEqual(expect.objectContaining({ partition: 0, offset: 2n }))
    })

    test('green: a log that began again below the committed offset is read from its start, under a new lease', async () => {
      const { join, produce, topic, group } = await setup(1)
      await produce(5)
      await admin.setCommitted(group, topic, new Map([[0, 50n]]))
      const pipeline = join()
      await pipeline.when('the records', ({ handled }) => handled.length === 5)

      expect(pipeline.events).toEqual([
        { name: 'partition.out-of-range', group, topic, partition: 0, from: 50n, to: 0n },
      ])
      expect(pipeline.assignments.map(({ leases }) => leases[0]?.startOffset)).toEqual([50n, 0n])
      expect(pipeline.revocations).toMatchObject([{ lost: true }])
      await pipeline.leave()
      expect(await admin.committed(group)).toMatchObject([{ offset: 5n }])
    })
  },
)
