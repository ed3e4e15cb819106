import { expect, test } from 'vitest'
import { isUnavailable } from './broker-under-test.js'
import { describeWithBroker } from './describe-with-broker.js'
import { startJvmCluster } from './jvm-cluster.js'
import { createKafkaAdmin } from './kafka-admin.js'
import { uniqueName } from './unique-name.js'

describeWithBroker('a cluster of three nodes', { needs: ['several nodes'] }, ({ probeOf }) => {
  async function setup() {
    const cluster = await startJvmCluster()
    if (isUnavailable(cluster)) throw new Error(cluster.unavailable)
    const probe = probeOf(cluster.bootstrap)
    const stop = async () => {
      await probe.close()
      await cluster.stop()
    }
    return { cluster, probe, admin: createKafkaAdmin(probe), topic: uniqueName('cluster'), stop }
  }

  test('keeps what was acknowledged when a leader is killed, and takes it in again; leaders go where they are sent', async () => {
    const { cluster, probe, admin, topic, stop } = await setup()
    const inSync = async () => (await admin.describeTopic(topic)).partitions.map((one) => one.inSync.length)
    try {
      expect(cluster.nodes.map(({ id }) => id)).toEqual([1, 2, 3])
      expect(new Set(cluster.nodes.map(({ control }) => control.pid)).size).toBe(3)
      await admin.createTopic(topic, { partitions: 3, replication: 3 })
      await probe.produce(topic, [{ partition: 0, value: 'before' }])
      const leader = (await admin.describeTopic(topic)).partitions[0]?.leader
      const node = cluster.nodes.find(({ id }) => id === leader)
      const pacing = probe.pace(topic, { forMs: 6000 })
      await node?.control.kill()
      await probe.produce(topic, [{ partition: 0, value: 'after' }])
      const paces = await pacing
      expect(paces.map(({ failed }) => failed)).toEqual([0, 0, 0])
      expect(paces[0]?.longestMs).toBeGreaterThan(500) // the broker's session has to end first
      const texts = (await probe.read(topic, { partitions: [0] })).map(({ value }) => value?.toString())
      expect(texts.filter((text) => text?.length !== 1)).toEqual(['before', 'after'])
      expect((await admin.describeTopic(topic)).partitions[0]?.leader).not.toBe(leader)
      await node?.control.restart()
      await expect.poll(inSync).toEqual([3, 3, 3])

      for (const to of [1, 2, 3]) {
        await admin.moveLeader(topic, 0, to)
        expect(await admin.leaderOf(topic, 0)).toBe(to)
      }
      await admin.createTopic(`${topic}.placed`, { assignment: [[2, 3]] })
      expect(await admin.leaderOf(`${topic}.placed`, 0)).toBe(2)
      await admin.moveLeader(`${topic}.placed`, 0, 1) // a new replica
      expect((await admin.describeTopic(`${topic}.placed`)).partitions[0]?.replicas).toEqual([1, 2])

      const group = uniqueName('group')
      await admin.setCommitted(group, topic, new Map([[0, 1n]]))
      for (const to of [1, 2]) {
        for (const partition of [0, 1, 2]) await admin.moveLeader('__consumer_offsets', partition, to)
        await expect.poll(() => admin.coordinatorOf(group)).toBe(to)
      }
    } finally {
      await stop()
    }
  })
})
