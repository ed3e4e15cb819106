import assert from 'node:assert/strict'
import type { CommittedAt } from '../cluster-view.js'
import { outcomeOf } from '../rig.js'
import type { ConformanceRule } from '../rule.js'
import { numbered } from './numbered.js'

const brief = (stored: readonly CommittedAt[]): string[] =>
  stored.map(({ topic, partition, offset }) => `${topic}[${partition}]=${offset}`).toSorted()

export const commitRules: readonly ConformanceRule[] = [
  {
    id: 'commits-are-read-back',
    name: 'what a commit has resolved for is stored: each of several in a row, at once',
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, numbered(3))
      const log = await rig.join(topic)
      await rig.until('the records', () => log.records().length >= 3)
      for (const offset of [1n, 2n, 3n]) {
        await log.commit({ lease: log.lease(0), offset })
        assert.deepEqual(brief(await rig.cluster.committed(rig.group)), [`${topic}[0]=${offset}`])
      }
    },
  },
  {
    id: 'a-sought-position-is-committed',
    name: 'after a seek, back or ahead of what was handed over, its offset can be committed',
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, numbered(4))
      const log = await rig.join(topic)
      await rig.until('the records', () => log.records().length >= 4)
      log.lease(0).pause()
      await rig.cluster.write(topic, numbered(4, 4))
      for (const offset of [8n, 1n]) {
        log.lease(0).seek(offset)
        await log.commit({ lease: log.lease(0), offset })
        assert.deepEqual(brief(await rig.cluster.committed(rig.group)), [`${topic}[0]=${offset}`])
      }
    },
  },
  {
    id: 'all-leases-of-a-commit-land',
    name: 'a commit of several leases of several topics stores every one of them',
    async run(rig) {
      const topics = [await rig.topic({ partitions: 2 }), await rig.topic()] as const
      await rig.cluster.write(topics[0], [...numbered(3), ...numbered(3, 0, 1)])
      await rig.cluster.write(topics[1], numbered(3))
      const log = await rig.join(topics)
      await rig.until('the records', () => log.records().length >= 9)
      const [one, two, three] = [log.lease(0, topics[0]), log.lease(1, topics[0]), log.lease(0, topics[1])]
      await log.commit({ lease: one, offset: 1n }, { lease: two, offset: 2n }, { lease: three, offset: 3n })
      assert.deepEqual(
        brief(await rig.cluster.committed(rig.group)),
        [`${topics[0]}[0]=1`, `${topics[0]}[1]=2`, `${topics[1]}[0]=3`].toSorted(),
      )
    },
  },
  {
    id: 'commits-touch-nothing-else',
    name: 'a commit of one lease leaves every other partition as it was',
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      await rig.cluster.write(topic, [...numbered(3), ...numbered(3, 0, 1)])
      await rig.cluster.setCommitted(rig.group, { topic, partition: 1 }, 1n)
      const log = await rig.join(topic)
      await rig.until('the records', () => log.records().length >= 5)
      await log.commit({ lease: log.lease(0), offset: 2n })
      assert.deepEqual(brief(await rig.cluster.committed(rig.group)), [`${topic}[0]=2`, `${topic}[1]=1`])
    },
  },
  {
    id: 'commit-metadata-is-kept',
    name: 'the metadata of a commit is stored with it',
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, numbered(1))
      const log = await rig.join(topic)
      await rig.until('the record', () => log.records().length >= 1)
      await log.commit({ lease: log.lease(0), offset: 1n, metadata: 'über 1' })
      const [stored] = await rig.cluster.committed(rig.group)
      assert.equal(stored?.metadata, 'über 1')
    },
  },
  {
    id: 'an-aborted-commit-rejects',
    name: 'a commit whose signal has aborted rejects with MILLRACE_DRIVER_COMMIT_FAILED',
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, numbered(1))
      const log = await rig.join(topic)
      await rig.until('the record', () => log.records().length >= 1)
      const call = log.member.commit([{ lease: log.lease(0), offset: 1n }], AbortSignal.abort(new Error('enough')))
      assert.equal(await outcomeOf(call), 'MILLRACE_DRIVER_COMMIT_FAILED')
    },
  },
]
