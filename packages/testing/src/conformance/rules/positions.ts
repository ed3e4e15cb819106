import assert from 'node:assert/strict'
import type { ConformanceRule } from '../rule.js'
import { numbered } from './numbered.js'

export const positionRules: readonly ConformanceRule[] = [
  {
    id: 'earliest-is-the-beginning',
    name: 'without a committed offset, startFrom "earliest" begins at the first offset that the log still has',
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, numbered(5))
      await rig.cluster.deleteRecords(topic, 0, 2n)
      const log = await rig.join(topic)
      await rig.until('the last record', () => log.records().some(({ offset }) => offset === 4n))
      assert.equal(log.lease(0).startOffset, 2n)
      assert.equal(log.records()[0]?.offset, 2n)
      assert.deepEqual(log.events('partition.out-of-range'), [], 'a beginning is not out of range')
    },
  },
  {
    id: 'latest-is-the-end',
    name: 'without a committed offset, startFrom "latest" begins at the end of the log',
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, numbered(3))
      const log = await rig.join(topic, { startFrom: 'latest' })
      await rig.settled(log)
      assert.equal(log.lease(0).startOffset, 3n)
      await rig.cluster.write(topic, numbered(1, 3))
      await rig.until('the new record', () => log.records().length > 0)
      assert.deepEqual(log.values(), ['3'])
    },
  },
  {
    id: 'latest-is-kept',
    name: 'a group that began at the end of the log loses nothing that came before its first commit, restarts included',
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, numbered(2))
      const first = await rig.join(topic, { startFrom: 'latest' })
      await rig.settled(first)
      await first.member.leave()
      await rig.cluster.write(topic, numbered(1, 2))
      const second = await rig.join(topic, { startFrom: 'latest' })
      await rig.until('the record that came between', () => second.values().includes('2'))
    },
  },
  {
    id: 'a-committed-offset-is-resumed',
    name: 'a partition with a committed offset begins exactly there, and its neighbour without one by startFrom',
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      await rig.cluster.write(topic, [...numbered(5), ...numbered(2, 5, 1)])
      await rig.cluster.setCommitted(rig.group, { topic, partition: 0 }, 3n)
      const log = await rig.join(topic)
      await rig.until('the last record of each', () => log.values().includes('4') && log.values().includes('6'))
      assert.deepEqual([log.lease(0).startOffset, log.lease(1).startOffset], [3n, 0n])
      assert.deepEqual(
        [log.values({ partition: 0 }), log.values({ partition: 1 })],
        [
          ['3', '4'],
          ['5', '6'],
        ],
      )
    },
  },
]
