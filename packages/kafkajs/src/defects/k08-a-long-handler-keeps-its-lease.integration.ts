import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { watchRequests } from '../test-support/watch-requests.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

describeWithBroker('K8: a handler may run for longer than a session', (broker) => {
  const { bootstrap, admin, probe } = broker
  const requests = watchRequests()
  const { setup, leaveAll } = createDriverSetup(broker, [requests.guard])
  afterEach(leaveAll)

  test('red on bare kafkajs: a member is thrown out while its handler runs', async () => {
    const topic = uniqueName('orders')
    const group = uniqueName('billing')
    await admin.createTopic(topic)
    await probe.produce(topic, [{ value: 'slow' }])
    const finished = Promise.withResolvers<void>()
    const onRecord = (): Promise<void> => finished.promise
    const session = { sessionTimeout: 1000, heartbeatInterval: 100 }
    const bare = await bareConsumer({ brokers: bootstrap, topics: [topic], group, onRecord, consumer: session })
    await expect.poll(() => bare.records.length).toBe(1)
    await expect.poll(async () => (await admin.describeGroup(group)).members).toEqual([])
    finished.resolve()
    await expect.poll(() => bare.joins.length).toBeGreaterThan(1)
  })

  test('green: after three sessions in a handler the lease is the same, and its commit is taken', async () => {
    const { join, produce, group } = await setup(1)
    await produce(1)
    const finished = Promise.withResolvers<void>()
    const session = { sessionTimeoutMs: 1500, heartbeatIntervalMs: 250 }
    const pipeline = join(session, { handle: () => finished.promise })
    await pipeline.when('the record', ({ batches }) => batches.some(({ batch }) => batch.records.length > 0))
    const [lease] = pipeline.leases
    await requests.answered('heartbeat', 18)
    finished.resolve()
    await pipeline.when('the end of the handler', ({ handled }) => handled.length === 1)
    await pipeline.commit()
    expect([lease?.isLive, pipeline.assignments.length, pipeline.commitErrors]).toEqual([true, 1, []])
    expect(await admin.committed(group)).toMatchObject([{ offset: 1n }])
  })
})
