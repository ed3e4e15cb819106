import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { watchRequests } from '../test-support/watch-requests.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

describeWithBroker('K18: a commit for a partition that was lost never reaches the broker', (broker) => {
  const { bootstrap, admin, probe } = broker
  const requests = watchRequests()
  const { setup, leaveAll } = createDriverSetup(broker, [requests.guard])
  afterEach(leaveAll)

  test('red on bare kafkajs: a commit for the partition of another member is accepted and rewinds it', async () => {
    const topic = uniqueName('orders')
    const group = uniqueName('billing')
    await admin.createTopic(topic, { partitions: 2 })
    const records = [0, 1].flatMap((partition) => Array.from({ length: 10 }, () => ({ partition, value: 'x' })))
    await probe.produce(topic, records)
    const options = { brokers: bootstrap, topics: [topic], group, run: { autoCommit: false } }
    const first = await bareConsumer(options)
    await expect.poll(() => first.records.length).toBe(20)
    const second = await bareConsumer(options)
    await expect.poll(() => first.joins.at(-1)?.assignment[topic]?.length).toBe(1)
    const foreign = second.joins.at(-1)?.assignment[topic]?.[0] ?? -1

    await second.consumer.commitOffsets([{ topic, partition: foreign, offset: '10' }])
    await first.consumer.commitOffsets([{ topic, partition: foreign, offset: '3' }])
    expect(await admin.committed(group)).toMatchObject([{ partition: foreign, offset: 3n }])
  })

  test('green: a late commit is refused here, and the offset of the new owner stays', async () => {
    const { topic, group, join, produce } = await setup(2)
    await produce(20)
    const first = join()
    await first.when('all', ({ handled }) => handled.length === 20)
    const before = first.leases
    const second = join()
    await second.when('its partition', ({ leases }) => leases.length === 1)
    await first.when('the other partition', ({ leases }) => leases.length === 1)
    const moved = second.leases[0]?.partition
    const late = before.find(({ partition }) => partition === moved)
    if (late === undefined) throw new Error('no partition moved')

    let isSent = false
    void requests.sent('offsetCommit').then(() => (isSent = true))
    await expect(first.member.commit([{ lease: late, offset: 3n }], AbortSignal.timeout(5000))).rejects.toMatchObject({
      code: 'MILLRACE_DRIVER_LEASE_ENDED',
    })
    expect(isSent).toBe(false)
    await Promise.all([first.leave(), second.leave()])
    expect((await admin.committed(group)).map(({ offset }) => offset)).toEqual([10n, 10n])
    expect(await admin.endOffsets(topic)).toEqual(
      new Map([
        [0, 10n],
        [1, 10n],
      ]),
    )
  })
})
