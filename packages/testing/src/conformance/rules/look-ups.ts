import assert from 'node:assert/strict'
import type { ConformanceRule } from '../rule.js'
import { numbered } from './numbered.js'

const never = new AbortController().signal

export const lookUpRules: readonly ConformanceRule[] = [
  {
    id: 'topics-are-described',
    name: 'describeTopics tells the partitions of each topic, and its limits where the cluster tells them',
    async run(rig) {
      const plain = await rig.topic({ partitions: 3 })
      const small = await rig.topic({ maxMessageBytes: 5000, retentionMs: 60_000 })
      const found = await (await rig.driver()).describeTopics([plain, small], never)
      assert.deepEqual([...found.keys()].toSorted(), [plain, small].toSorted())
      assert.deepEqual([found.get(plain)?.name, found.get(plain)?.partitions], [plain, 3])
      const { partitions, maxMessageBytes = 5000, retentionMs = 60_000 } = found.get(small) ?? {}
      assert.deepEqual([partitions, maxMessageBytes, retentionMs], [1, 5000, 60_000])
    },
  },
  {
    id: 'unknown-topics-are-left-out',
    name: 'describeTopics leaves a name out that the cluster does not know, and creates nothing',
    async run(rig) {
      const [known, unknown] = [await rig.topic(), rig.uniqueName('nowhere')]
      const found = await (await rig.driver()).describeTopics([known, unknown], never)
      assert.deepEqual([...found.keys()], [known])
      assert.ok(!(await rig.cluster.topicNames()).includes(unknown), 'looking a topic up has created it')
    },
  },
  {
    id: 'ends-are-exact',
    name: 'endOffsets tells the end of each lease as a read_committed reader sees it, an open transaction left out',
    needs: ['transactions'],
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      await rig.cluster.write(topic, [...numbered(4), ...numbered(2, 0, 1)])
      const log = await rig.join(topic)
      await rig.settled(log)
      await rig.cluster.write(topic, numbered(3, 4))
      const open = await rig.cluster.openTransaction(topic, numbered(2, 2, 1))
      try {
        const found = await log.member.endOffsets(log.leases, never)
        assert.deepEqual(
          [0, 1].map((partition) => found.get(log.lease(partition))),
          [7n, 2n],
        )
      } finally {
        await open.commit()
      }
    },
  },
  {
    id: 'ends-leave-out-what-is-gone',
    name: 'endOffsets leaves a partition out that can not be asked, and answers for the others',
    async run(rig) {
      const [kept, gone] = [await rig.topic(), await rig.topic()]
      await rig.cluster.write(kept, numbered(2))
      const log = await rig.join([kept, gone])
      await rig.settled(log)
      const leases = [log.lease(0, kept), log.lease(0, gone)]
      await rig.cluster.deleteTopic(gone)
      const found = await log.member.endOffsets(leases, never)
      assert.deepEqual([...found.values()], [2n])
    },
  },
  {
    id: 'places-are-found',
    name: 'findOffsets, where the driver has it, tells both ends of a log and the first record of a time or later; the end where there is none',
    async run(rig) {
      const topic = await rig.topic()
      const times = [1_700_000_000_000, 1_700_000_001_000, 1_700_000_002_000, 1_700_000_003_000]
      await rig.cluster.write(
        topic,
        numbered(4).map((record, at) => ({ ...record, timestamp: times[at] ?? 0 })),
      )
      await rig.cluster.deleteRecords(topic, 0, 1n)
      const log = await rig.join(topic)
      await rig.settled(log)
      const { member } = log
      if (member.findOffsets === undefined) return
      const places = [
        'earliest',
        'latest',
        ...[0, 2_000, 2_001, 9_000].map((ms) => ({ timestamp: 1_700_000_000_000 + ms })),
      ] as const
      const found: (bigint | undefined)[] = []
      for (const at of places) found.push((await member.findOffsets(log.leases, at, never)).get(log.lease(0)))
      assert.deepEqual(found, [1n, 4n, 1n, 2n, 3n, 4n])
    },
  },
]
