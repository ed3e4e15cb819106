import { expect, test } from 'vitest'
import { isUnavailable } from './broker-under-test.js'
import { describeWithBroker } from './describe-with-broker.js'
import { startJvmCluster } from './jvm-cluster.js'
import { createKafkaAdmin } from './kafka-admin.js'
import { uniqueName } from './unique-name.js'

describeWithBroker('a cluster of three nodes', ({ probeOf }) => {
  test('keeps what was acknowledged when a leader is killed, and takes it in again', async () => {
    const cluster = await startJvmCluster()
    if (isUnavailable(cluster)) throw new Error(cluster.unavailable)
    const probe = probeOf(cluster.bootstrap)
    const admin = createKafkaAdmin(probe)
    const topic = uniqueName('cluster')
    const inSync = async () => (await admin.describeTopic(topic)).partitions.map((one) => one.inSync.length)
    try {
      expect(cluster.nodes.map(({ id }) => id)).toEqual([1, 2, 3])
      expect(new Set(cluster.nodes.map(({ control }) => control.pid)).size).toBe(3)
      await admin.createTopic(topic, { partitions: 3, replication: 3 })
      await probe.produce(topic, [{ partition: 0, value: 'before' }])
      const leader = (await admin.describeTopic(topic)).partitions[0]?.leader
      const node = cluster.nodes.find(({ id }) => id === leader)
      await node?.control.kill()
      await probe.produce(topic, [{ partition: 0, value: 'after' }])
      expect((await probe.read(topic)).map(({ value }) => value?.toString())).toEqual(['before', 'after'])
      expect((await admin.describeTopic(topic)).partitions[0]?.leader).not.toBe(leader)
      await node?.control.restart()
      await expect.poll(inSync).toEqual([3, 3, 3])
    } finally {
      await probe.close()
      await cluster.stop()
    }
  })
})
