import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

describeWithBroker('K10: what was handled before a stop is committed by it', (broker) => {
  const { bootstrap, admin, probe } = broker
  const { setup, leaveAll } = createDriverSetup(broker)
  afterEach(leaveAll)

  test('red on bare kafkajs: a commit during a stop resolves, and nothing was committed', async () => {
    const topic = uniqueName('orders')
    const group = uniqueName('billing')
    await admin.createTopic(topic)
    await probe.produce(topic, [{ value: 'one' }])
    const finished = Promise.withResolvers<void>()
    const onRecord = (): Promise<void> => finished.promise
    const run = { autoCommit: false }
    const bare = await bareConsumer({ brokers: bootstrap, topics: [topic], group, onRecord, run })
    await expect.poll(() => bare.records.length).toBe(1)
    const stopping = bare.consumer.stop()
    await bare.consumer.commitOffsets([{ topic, partition: 0, offset: '1' }])
    expect(await admin.committed(group)).toEqual([])
    finished.resolve()
    await stopping
    expect(await admin.committed(group)).toEqual([])
  })

  test('green: a record that is in a handler when the member leaves is finished and committed', async () => {
    const { join, produce, group } = await setup(1)
    await produce(3)
    const second = Promise.withResolvers<void>()
    const handle = ({ offset }: { readonly offset: bigint }) => (offset === 1n ? second.promise : undefined)
    const pipeline = join({}, { handle, commitEveryMs: 600_000 })
    await pipeline.when('the first', ({ handled }) => handled.length === 1)
    const left = pipeline.leave()
    second.resolve()
    await left
    expect(pipeline.handled.length).toBeGreaterThanOrEqual(2)
    expect(pipeline.commitErrors).toEqual([])
    expect(await admin.committed(group)).toMatchObject([{ offset: BigInt(pipeline.handled.length) }])
  })

  test('green: a rebalance commits what was handled before the partition goes to another member', async () => {
    const { join, produce, group } = await setup(2)
    await produce(20)
    const first = join({}, { commitEveryMs: 600_000 })
    await first.when('all', ({ handled }) => handled.length === 20)
    expect(await admin.committed(group)).toEqual([])
    const other = join()
    await other.when('its share', ({ leases }) => leases.length === 1)
    expect(other.leases[0]?.startOffset).toBe(10n)
    expect((await admin.committed(group)).map(({ offset }) => offset)).toEqual([10n, 10n])
  })
})
