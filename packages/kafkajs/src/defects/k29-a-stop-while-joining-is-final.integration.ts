import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import kafkajs from 'kafkajs'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { trackSockets } from '../client/tracked-sockets.js'
import { createDriverSetup } from '../test-support/driver-setup.js'
import type { ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { type API, watchRequests } from '../test-support/watch-requests.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

describeWithBroker('K29: a member that is told to leave while it joins is gone', (broker) => {
  const { bootstrap, admin, probe } = broker
  const requests = watchRequests()
  const { setup, leaveAll } = createDriverSetup(broker, [requests.guard])
  afterEach(leaveAll)

  test('red on bare kafkajs: stop() resolves while it joins, and afterwards it joins and handles records', async () => {
    const topic = uniqueName('orders')
    const group = uniqueName('billing')
    await admin.createTopic(topic, { partitions: 2 })
    await probe.produce(topic, [{ partition: 0, value: 'held' }])
    const held = Promise.withResolvers<void>()
    const options = { brokers: bootstrap, topics: [topic], group, onRecord: () => held.promise }
    const first = await bareConsumer(options)
    await expect.poll(() => first.records.length).toBe(1)

    const sockets = trackSockets(undefined)
    onTestFinished(() => sockets.close())
    const level = { logLevel: kafkajs.logLevel.NOTHING }
    const kafka = new kafkajs.Kafka({ brokers: [...bootstrap], socketFactory: sockets.factory, ...level })
    const second = kafka.consumer({ groupId: group, heartbeatInterval: 300 })
    const [handled, joined]: [string[], boolean[]] = [[], []]
    second.on(second.events.GROUP_JOIN, () => void joined.push(true))
    await second.connect()
    await second.subscribe({ topics: [topic] })
    const running = second.run({ eachMessage: async ({ message }) => void handled.push(String(message.value)) })
    await expect.poll(async () => (await admin.describeGroup(group)).members.length).toBe(2)
    await second.stop()
    expect(joined).toEqual([])

    held.resolve()
    await running
    await expect.poll(() => joined.length).toBeGreaterThan(0)
    await expect
      .poll(async () => {
        await probe.produce(
          topic,
          [0, 1].map((partition) => ({ partition, value: 'late' })),
        )
        return handled.length
      })
      .toBeGreaterThan(0)
    await second.disconnect()
  })

  test('green: leaving at any stage of a join ends quickly, twice is once, and nothing rises again', async () => {
    const { join, group } = await setup()
    // In the order in which a new member asks; it asks twice to join.
    const stages: readonly (keyof typeof API | undefined)[] = [
      undefined,
      'metadata',
      'findCoordinator',
      'joinGroup',
      'syncGroup',
      'offsetFetch',
      'fetch',
    ]
    const all: ScriptedPipeline[] = []
    for (const stage of stages) {
      const reached = stage === undefined ? undefined : requests.sent(stage)
      const pipeline = join()
      all.push(pipeline)
      await reached
      const startedMs = performance.now()
      await Promise.all([pipeline.leave(), pipeline.leave()])
      await pipeline.leave()
      expect(performance.now() - startedMs).toBeLessThan(10_000)
      expect(pipeline.leases).toEqual([])
    }
    await expect.poll(async () => (await admin.describeGroup(group)).members).toEqual([])
    expect(all.flatMap(({ fatal, leases }) => [...fatal, ...leases])).toEqual([])
  })

  test('green: leaving while the group holds the join neither waits for it nor holds the others up', async () => {
    const { join } = await setup()
    const held = Promise.withResolvers<void>()
    const first = join({}, { onRevoked: () => held.promise })
    await first.when('assigned', ({ leases }) => leases.length === 2)
    // The first request asks for a member id; the group holds the second until the first member has drained.
    const joined = requests.sent('joinGroup', 2)
    const second = join()
    await joined
    expect(first.leases.length).toBe(2)
    const startedMs = performance.now()
    await second.leave()
    expect(performance.now() - startedMs).toBeLessThan(10_000)
    held.resolve()
    await first.when(
      'all partitions again',
      ({ assignments, leases }) => assignments.length === 2 && leases.length === 2,
      5000,
    )
    expect([second.assignments, second.fatal]).toEqual([[], []])
  })
})
