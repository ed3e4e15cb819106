import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import kafkajs, { type PartitionAssigner } from 'kafkajs'
import { afterEach, expect, test } from 'vitest'
import { createGuardedDriver } from '../create-guarded-driver.js'
import { guards } from '../guards/guards.js'
import type { Cluster } from '../internals.js'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { watchRequests } from '../test-support/watch-requests.js'

describeWithBroker('K27: every member and every sender has its own kafkajs', (broker) => {
  const { bootstrap } = broker
  const requests = watchRequests()
  const { setup, leaveAll } = createDriverSetup(broker, [requests.guard])
  const more: ScriptedPipeline[] = []
  afterEach(async () => {
    await Promise.all([leaveAll(), ...more.splice(0).map((pipeline) => pipeline.leave())])
  })

  test('red on bare kafkajs: consumers of one Kafka object share the offsets that each of them wipes', () => {
    const kafka = new kafkajs.Kafka({ brokers: [...bootstrap], logLevel: kafkajs.logLevel.NOTHING })
    const offsetsOf = (groupId: string): object => {
      let found: object = {}
      const look: PartitionAssigner = (parts) => {
        found = Object(Reflect.get(Object(parts.cluster), 'committedOffsetsByGroup'))
        return kafkajs.PartitionAssigners.roundRobin(parts)
      }
      kafka.consumer({ groupId, partitionAssigners: [look] })
      return found
    }
    expect(offsetsOf('a')).toBe(offsetsOf('b'))
    expect(offsetsOf('a')).toBeInstanceOf(Map)
  })

  test('green: two members, a sender and a look-up of one driver share neither offsets nor connections', async () => {
    const { topic } = await setup(1)
    const clusters: Cluster[] = []
    const collect = { name: 'collect', protect: (cluster: Cluster) => void clusters.push(cluster) }
    const driver = createGuardedDriver({ brokers: bootstrap }, [...guards, collect])
    for (const group of [uniqueName('billing'), uniqueName('audit')]) {
      more.push(new ScriptedPipeline(driver, memberOptions(group, [topic])))
    }
    const sender = await driver.openSender()
    await driver.describeTopics([topic], new AbortController().signal)
    await Promise.all(more.map((one) => one.when('its lease', ({ leases }) => leases.length === 1)))
    await sender.close({ timeoutMs: 1000 })
    const shared = ['brokerPool', 'committedOffsetsByGroup', 'connectionPoolBuilder'].map(
      (part) => new Set(clusters.map((cluster) => Reflect.get(cluster, part))).size,
    )
    expect(clusters.length).toBeGreaterThanOrEqual(4)
    expect(shared).toEqual([clusters.length, clusters.length, clusters.length])
  })

  test('green: a join that the group holds for seconds delays no commit and no heartbeat of another group', async () => {
    const { topic, driver, join, produce } = await setup(2)
    const held = Promise.withResolvers<void>()
    const slow = uniqueName('slow')
    const blocker = new ScriptedPipeline(driver, memberOptions(slow, [topic]), { onRevoked: () => held.promise })
    more.push(blocker)
    await blocker.when('everything', ({ leases }) => leases.length === 2)
    const fast = join({ heartbeatIntervalMs: 100 })
    await fast.when('everything', ({ leases }) => leases.length === 2)
    const asked = requests.sent('joinGroup', 2)
    const joining = new ScriptedPipeline(driver, memberOptions(slow, [topic]))
    more.push(joining)
    await asked

    const slowest = { commit: 0, beat: 0 }
    for (let round = 0; round < 20; round += 1) {
      await produce(2, round * 2)
      await fast.when('both', ({ handled }) => handled.length >= (round + 1) * 2)
      const startedMs = performance.now()
      await fast.member.commit(
        fast.leases.map((lease) => ({ lease, offset: BigInt(round + 1) })),
        AbortSignal.timeout(10_000),
      )
      slowest.commit = Math.max(slowest.commit, performance.now() - startedMs)
      const beatMs = performance.now()
      await requests.answered('heartbeat', 1)
      slowest.beat = Math.max(slowest.beat, performance.now() - beatMs)
    }
    expect(joining.assignments).toEqual([])
    // The join is still held; behind it a request would have waited until now.
    expect(slowest.commit).toBeLessThan(1000)
    expect(slowest.beat).toBeLessThan(2000)
    expect([fast.assignments.length, fast.commitErrors]).toEqual([1, []])
    held.resolve()
    await joining.when('its share', ({ leases }) => leases.length === 1)
  })
})
