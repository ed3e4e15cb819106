import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

describeWithBroker('K21: a partition that was paused, lost and won is read', (broker) => {
  const { bootstrap, admin, probe } = broker
  const { setup, leaveAll } = createDriverSetup(broker)
  afterEach(leaveAll)

  test('red on bare kafkajs: it stays paused in the hands of a member that has just won it', async () => {
    const topic = uniqueName('orders')
    const group = uniqueName('billing')
    await admin.createTopic(topic, { partitions: 2 })
    const options = { brokers: bootstrap, topics: [topic], group }
    const first = await bareConsumer(options)
    await expect.poll(() => first.joins.at(-1)?.assignment[topic]).toEqual([0, 1])
    first.consumer.pause([{ topic, partitions: [0, 1] }])
    const second = await bareConsumer(options)
    await expect.poll(() => first.joins.at(-1)?.assignment[topic]?.length).toBe(1)
    const kept = first.joins.at(-1)?.assignment[topic]?.[0] ?? -1
    await second.consumer.disconnect()
    await expect.poll(() => first.joins.at(-1)?.assignment[topic]).toEqual([0, 1])
    first.consumer.resume([{ topic, partitions: [kept] }])
    const records = [0, 1].flatMap((partition) => Array.from({ length: 10 }, () => ({ partition, value: 'new' })))
    await probe.produce(topic, records)
    await expect.poll(() => first.records.length).toBeGreaterThanOrEqual(10)
    expect(first.records.filter(({ partition }) => partition !== kept)).toEqual([])
    expect(first.consumer.paused()).toEqual([{ topic, partitions: [1 - kept] }])
  })

  test('green: every lease begins unpaused', async () => {
    const { join, produce } = await setup(2)
    const first = join()
    await first.when('everything', ({ leases }) => leases.length === 2)
    const old = first.leases
    for (const lease of old) lease.pause()
    const second = join()
    await second.when('its share', ({ leases }) => leases.length === 1)
    await second.leave()
    await first.when('everything again', ({ assignments, leases }) => assignments.length === 3 && leases.length === 2)
    await produce(20)
    await first.when('all', ({ handled }) => handled.length === 20)
    expect(old.map(({ isLive }) => isLive)).toEqual([false, false])
  })
})
