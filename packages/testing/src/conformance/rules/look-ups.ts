import assert from 'node:assert/strict'
import type { ConformanceRule } from '../rule.js'

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
]
