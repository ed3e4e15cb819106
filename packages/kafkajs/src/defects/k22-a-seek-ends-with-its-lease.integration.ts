import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

describeWithBroker('K22: a seek says where one lease goes on, and no later one', (broker) => {
  const { bootstrap, admin, probe } = broker
  const { setup, leaveAll } = createDriverSetup(broker)
  afterEach(leaveAll)

  test('red on bare kafkajs: a seek for a partition of somebody else skips records once it is won', async () => {
    const topic = uniqueName('orders')
    const group = uniqueName('billing')
    await admin.createTopic(topic, { partitions: 2 })
    const fill = (): Promise<unknown> =>
      probe.produce(
        topic,
        [0, 1].flatMap((partition) => Array.from({ length: 20 }, () => ({ partition, value: 'x' }))),
      )
    const options = { brokers: bootstrap, topics: [topic], group }
    const first = await bareConsumer(options)
    const second = await bareConsumer({ ...options, run: { autoCommit: false } })
    await expect.poll(() => first.joins.at(-1)?.assignment[topic]?.length).toBe(1)
    const foreign = second.joins.at(-1)?.assignment[topic]?.[0] ?? -1
    first.consumer.seek({ topic, partition: foreign, offset: '18' })
    await fill()
    await expect.poll(() => second.records.length).toBe(20)
    await second.consumer.commitOffsets([{ topic, partition: foreign, offset: '10' }])
    await second.consumer.disconnect()
    const read = () => first.records.filter(({ partition }) => partition === foreign).map(({ offset }) => offset)
    await expect.poll(read).toContain(19n)
    // 10 to 17 were committed by nobody and are read by nobody.
    expect(read()).toEqual([18n, 19n])
  })

  test('green: the next lease of a partition begins at what is committed, whatever was sought before', async () => {
    const { join, produce } = await setup(2)
    const first = join()
    await first.when('everything', ({ leases }) => leases.length === 2)
    const old = first.leases
    for (const lease of old) lease.pause()
    for (const lease of old) lease.seek(18n)
    const second = join()
    await second.when('its share', ({ leases }) => leases.length === 1)
    for (const lease of old) expect(() => lease.seek(18n)).toThrow('has ended')
    await produce(20)
    await second.when('its half', ({ handled }) => handled.length === 10)
    await second.leave()
    await first.when('everything', ({ assignments, leases }) => assignments.length === 3 && leases.length === 2)
    await produce(20, 20)
    await first.when('the rest', ({ handled }) => handled.length === 30)
    const values = [...first.handled, ...second.handled].map(({ value }) => Number(value)).sort((a, b) => a - b)
    expect(values).toEqual(Array.from({ length: 40 }, (_, index) => index))
  })
})
