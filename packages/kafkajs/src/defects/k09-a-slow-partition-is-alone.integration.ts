import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

const PARTITIONS = 4
const ROUND = 20

describeWithBroker('K9: a partition whose handler does not come back stops nobody else', (broker) => {
  const { bootstrap, probe, admin } = broker
  const { setup, leaveAll } = createDriverSetup(broker)
  afterEach(leaveAll)

  const healthy = [1, 2, 3]
  const round = () =>
    healthy.flatMap((partition) => Array.from({ length: ROUND }, () => ({ partition, value: 'fast' })))

  test('red on bare kafkajs: the other partitions of its broker are not fetched any more', async () => {
    const topic = uniqueName('orders')
    await admin.createTopic(topic, { partitions: PARTITIONS })
    await probe.produce(topic, [{ partition: 0, value: 'slow' }, ...round()])
    const released = Promise.withResolvers<void>()
    const bare = await bareConsumer({
      brokers: bootstrap,
      topics: [topic],
      group: uniqueName('billing'),
      run: { partitionsConsumedConcurrently: 8 },
      onRecord: ({ value }) => (value === 'slow' ? released.promise : undefined),
    })
    const fast = (records: typeof bare.records): number => records.filter(({ value }) => value === 'fast').length
    await expect.poll(() => bare.records.length).toBe(1 + 3 * ROUND)
    await probe.produce(topic, round())
    // Time enough: another consumer joins, and reads everything that this one does not.
    const other = await bareConsumer({ brokers: bootstrap, topics: [topic], group: uniqueName('others') })
    await expect.poll(() => fast(other.records)).toBe(6 * ROUND)
    expect(fast(bare.records)).toBe(3 * ROUND)
    released.resolve()
    await expect.poll(() => fast(bare.records)).toBe(6 * ROUND)
  })

  test('green: the other partitions go on, and it does too once it is released', async () => {
    const { topic, group, join } = await setup(PARTITIONS)
    await probe.produce(topic, [{ partition: 0, value: 'slow' }, ...round()])
    const released = Promise.withResolvers<void>()
    const pipeline = join({}, { handle: ({ value }) => (value === 'slow' ? released.promise : undefined) })
    for (let rounds = 1; rounds <= 5; rounds += 1) {
      await pipeline.when('a round', ({ handled }) => handled.length === 3 * rounds * ROUND)
      await probe.produce(topic, round())
    }
    await pipeline.when('the last round', ({ handled }) => handled.length === 18 * ROUND)
    released.resolve()
    await pipeline.when('the slow one', ({ handled }) => handled.some(({ value }) => value === 'slow'))
    await pipeline.leave()
    const ends = new Map((await admin.committed(group)).map(({ partition, offset }) => [partition, offset]))
    expect(ends).toEqual(await admin.endOffsets(topic))
  })
})
