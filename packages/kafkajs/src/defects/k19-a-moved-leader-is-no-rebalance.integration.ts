import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, onTestFinished, test } from 'vitest'
import { createGuardedDriver } from '../create-guarded-driver.js'
import { guards } from '../guards/guards.js'
import { type HandledRecord, memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'
import { openTwoFaces } from './test-support/two-faces.js'

describeWithBroker('K19: a leader that moves is no rebalance, and no record runs in two members', (broker) => {
  const { bootstrap, admin, probe } = broker

  const setup = async (partitions: number) => {
    const [topic, group] = [uniqueName('orders'), uniqueName('billing')]
    await admin.createTopic(topic, { partitions })
    const faces = await openTwoFaces(bootstrap)
    onTestFinished(() => faces.close())
    return { topic, group, faces }
  }

  test('red on bare kafkajs: it rejoins while its handlers run, and another member runs the same record', async () => {
    const { topic, group, faces } = await setup(3)
    faces.lead(topic, 2, 2)
    await probe.produce(
      topic,
      [0, 1].map((partition) => ({ partition, value: 'once' })),
    )
    const held = Promise.withResolvers<void>()
    const options = { brokers: faces.bootstrap, topics: [topic], group, onRecord: () => held.promise }
    // It hears of the rebalance from the moved leader, and not before by heartbeat, which would wait for the handlers.
    const late = { heartbeatInterval: 25_000, sessionTimeout: 30_000 }
    const first = await bareConsumer({ ...options, consumer: late, run: { partitionsConsumedConcurrently: 3 } })
    await expect.poll(() => first.records.length).toBe(2)
    const joining = bareConsumer({ ...options, consumer: late })
    await expect.poll(async () => (await admin.describeGroup(group)).members.length).toBe(2)
    faces.lead(topic, 2, 1)
    const second = await joining
    await expect.poll(() => second.records.length).toBe(1)
    expect(first.joins.length).toBe(2)
    expect(first.records).toContainEqual(second.records[0])
    held.resolve()
  })

  test('green: leaders move under load: no rejoin, no overlap, each record once', async () => {
    const { topic, group, faces } = await setup(4)
    const driver = createGuardedDriver({ brokers: faces.bootstrap }, guards)
    const running = new Set<string>()
    const overlaps: string[] = []
    const handle = async ({ partition, offset }: HandledRecord): Promise<void> => {
      const lane = String(partition)
      if (running.has(lane)) overlaps.push(`${lane}/${offset}`)
      running.add(lane)
      await new Promise((resolve) => setImmediate(resolve))
      running.delete(lane)
    }
    const members = [0, 1].map(() => new ScriptedPipeline(driver, memberOptions(group, [topic]), { handle }))
    onTestFinished(async () => void (await Promise.all(members.map((one) => one.leave()))))
    for (const member of members) await member.when('its share', ({ leases }) => leases.length === 2)
    const joins = members.map(({ assignments }) => assignments.length)
    const handled = (): HandledRecord[] => members.flatMap((one) => one.handled)

    const partitions = [0, 1, 2, 3]
    for (let round = 1; round <= 8; round += 1) {
      await probe.produce(
        topic,
        partitions.flatMap((partition) => Array.from({ length: 10 }, () => ({ partition, value: 'x' }))),
      )
      for (const partition of partitions)
        if ((partition + round) % 3 > 0) faces.lead(topic, partition, round % 2 === 0 ? 1 : 2)
      await expect.poll(() => handled().length).toBe(round * 40)
    }
    expect(members.map(({ assignments }) => assignments.length)).toEqual(joins)
    expect(new Set(handled().map(({ partition, offset }) => `${partition}/${offset}`)).size).toBe(320)
    expect([
      overlaps,
      members.flatMap(({ fatal, events, commitErrors }) => [...fatal, ...events, ...commitErrors]),
    ]).toEqual([[], []])
  })
})
