import { expect, test } from 'vitest'
import { isUnavailable } from '../brokers/broker-under-test.js'
import { describeWithBroker } from '../brokers/describe-with-broker.js'
import { createKafkaAdmin } from '../brokers/kafka-admin.js'
import { uniqueName } from '../brokers/unique-name.js'
import { startClusterBehindProxy } from './broker-behind-proxy.js'

describeWithBroker('a broker behind the fault proxy', ({ probeOf, launchBehindProxy, lacks }) => {
  test('keeps clients behind it, and a lost answer is a record that is there', async () => {
    const behind = await launchBehindProxy()
    const { broker, bootstrap, proxy } = behind
    const [through, past] = [probeOf(bootstrap), probeOf(broker.bootstrap)]
    try {
      expect(bootstrap).not.toEqual(broker.bootstrap)
      const [topic, group] = [uniqueName('behind'), uniqueName('group')]
      const admin = createKafkaAdmin(through)
      await admin.createTopic(topic, { partitions: 2 })
      await through.produce(topic, [
        { partition: 0, value: 'a' },
        { partition: 1, value: 'b' },
      ])
      await admin.setCommitted(group, topic, new Map([[0, 1n]]))
      expect((await through.read(topic)).map(({ value }) => value?.toString())).toEqual(['a', 'b'])
      for (const api of ['CreateTopics', 'Produce', 'Fetch', 'FindCoordinator', 'OffsetCommit'] as const) {
        expect([api, (proxy.seen.get(api) ?? 0) > 0]).toEqual([api, true])
      }

      const lost = proxy.dropAnswers({ api: 'Produce', times: 100 })
      await expect(
        through.produce(topic, [{ partition: 0, value: 'c' }], {
          properties: { retries: '0', 'enable.idempotence': 'false' },
        }),
      ).rejects.toMatchObject({ kafkaError: 'NetworkException' })
      expect(lost.fired).toBe(1)
      expect((await past.read(topic, { partitions: [0] })).map(({ value }) => value?.toString())).toEqual(['a', 'c'])
    } finally {
      await Promise.all([through.close(), past.close()])
      await behind.stop()
    }
  })

  test.skipIf(lacks('several nodes'))(
    'a cluster has a proxy per node: a node in a black hole is not asked, the others answer',
    async () => {
      const behind = await startClusterBehindProxy()
      if (isUnavailable(behind)) throw new Error(behind.unavailable)
      const { cluster, bootstrap, proxy } = behind
      const [through, past] = [probeOf(bootstrap), probeOf(cluster.bootstrap)]
      try {
        const topic = uniqueName('behind')
        await createKafkaAdmin(past).createTopic(topic, { partitions: 3, replication: 3 })
        const { partitions } = await createKafkaAdmin(past).describeTopic(topic)
        const reachable = partitions.find(({ leader }) => leader === 2)?.partition ?? -1
        const hole = proxy.blackHole({ node: 1 })
        await through.produce(topic, [{ partition: reachable, value: 'a' }])
        const lost = partitions.find(({ leader }) => leader === 1)?.partition ?? -1
        await expect(
          through.produce(topic, [{ partition: lost, value: 'b' }], { timeoutMs: 2000 }),
        ).rejects.toMatchObject({ kafkaError: 'TimeoutException' })
        expect(hole.fired).toBeGreaterThan(0)
        expect((await past.read(topic, { partitions: [reachable] })).length).toBe(1)
      } finally {
        await Promise.all([through.close(), past.close()])
        await behind.stop()
      }
    },
  )
})
