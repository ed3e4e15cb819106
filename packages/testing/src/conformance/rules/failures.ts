import assert from 'node:assert/strict'
import type { MemberOptions } from '@millrace/core'
import type { RuleRig } from '../rig.js'
import type { ConformanceRule } from '../rule.js'
import { numbered, numbers } from './numbered.js'

/** A member whose committed offset, 1, is below a log that has only the records 3 and 4 left. */
async function outOfRange(rig: RuleRig, policy: MemberOptions['outOfRange']) {
  const topic = await rig.topic({ partitions: 2 })
  await rig.cluster.write(topic, [...numbered(5), ...numbered(1, 0, 1)])
  await rig.cluster.deleteRecords(topic, 0, 3n)
  await rig.cluster.setCommitted(rig.group, { topic, partition: 0 }, 1n)
  const log = await rig.join(topic, { outOfRange: policy })
  await rig.until('the record of the other partition', () => log.values({ partition: 1 }).length > 0)
  return { topic, log }
}

export const failureRules: readonly ConformanceRule[] = [
  {
    id: 'out-of-range-earliest',
    name: 'outOfRange "earliest" goes on at the first record that is left, and one event names the range that is gone',
    async run(rig) {
      const { log } = await outOfRange(rig, 'earliest')
      await rig.until('the last record', () => log.values({ partition: 0 }).includes('4'))
      assert.deepEqual(log.values({ partition: 0 }), ['3', '4'])
      const events = log.events('partition.out-of-range')
      assert.deepEqual(
        events.map(({ partition, from, to }) => [partition, from, to]),
        [[0, 1n, 3n]],
      )
    },
  },
  {
    id: 'out-of-range-latest',
    name: 'outOfRange "latest" goes on at the end of the log, and one event names the range that was skipped',
    async run(rig) {
      const { topic, log } = await outOfRange(rig, 'latest')
      await rig.until('the event', () => log.events('partition.out-of-range').length > 0)
      await rig.cluster.write(topic, numbered(1, 5))
      await rig.until('the new record', () => log.values({ partition: 0 }).includes('5'))
      assert.deepEqual(log.values({ partition: 0 }), ['5'])
      const events = log.events('partition.out-of-range')
      assert.deepEqual(
        events.map(({ partition, from, to }) => [partition, from, to]),
        [[0, 1n, 5n]],
      )
    },
  },
  {
    id: 'out-of-range-fail',
    name: 'outOfRange "fail" hands over nothing of that partition and reports partition.failed once; the others go on',
    async run(rig) {
      const { topic, log } = await outOfRange(rig, 'fail')
      await rig.until('the event', () => log.events('partition.failed').length > 0)
      await rig.cluster.write(topic, numbered(1, 1, 1))
      await rig.until('a record of the other partition', () => log.values({ partition: 1 }).includes('1'))
      assert.deepEqual(log.values({ partition: 0 }), [])
      assert.deepEqual(
        log.events('partition.failed').map(({ partition }) => partition),
        [0],
      )
    },
  },
  {
    id: 'a-deleted-topic-stops-nobody',
    name: 'a topic that is deleted under a member stops no other of its topics, and kills no member',
    async run(rig) {
      const [kept, gone] = [await rig.topic(), await rig.topic()]
      const log = await rig.join([kept, gone])
      await rig.settled(log)
      await rig.cluster.deleteTopic(gone)
      for (const round of [0, 1, 2]) {
        await rig.cluster.write(kept, numbered(1, round))
        await rig.until('a record of the topic that is left', () => log.values({ topic: kept }).includes(String(round)))
      }
      assert.deepEqual(log.all('fatal'), [])
    },
  },
  {
    id: 'a-failed-partition-is-said-once',
    name: 'a partition that can no longer be read is reported as partition.failed once, and as no other partition',
    async run(rig) {
      const [kept, gone] = [await rig.topic(), await rig.topic()]
      const log = await rig.join([kept, gone])
      await rig.settled(log)
      await rig.cluster.deleteTopic(gone)
      await rig.until('the event', () => log.events('partition.failed').length > 0)
      await rig.wait(rig.limits.quietMs)
      assert.deepEqual(
        log.events('partition.failed').map(({ topic, partition }) => [topic, partition]),
        [[gone, 0]],
      )
    },
  },
  {
    id: 'a-failed-partition-recovers',
    name: 'a partition that can be read again is reported as partition.recovered, or comes back as a new lease, and is read from there',
    async run(rig) {
      const [kept, gone] = [await rig.topic(), await rig.topic()]
      const log = await rig.join([kept, gone])
      await rig.settled(log)
      const before = log.lease(0, gone)
      await rig.cluster.deleteTopic(gone)
      await rig.until('the event', () => log.events('partition.failed').length > 0)
      await rig.cluster.createTopic(gone, { partitions: 1 })
      await rig.cluster.write(gone, numbered(3))
      await rig.until('the new records', () => log.values({ topic: gone }).includes('2'))
      assert.deepEqual(log.values({ topic: gone }), numbers(3))
      const isNewLease = log.lease(0, gone) !== before
      assert.ok(isNewLease || log.events('partition.recovered').length === 1, 'nobody said that it is well again')
    },
  },
  {
    id: 'death-is-said-once-and-last',
    name: 'a member that dies ends its leases and then calls onFatal, once and as the last of all calls',
    needs: ['doomed-driver'],
    async run(rig) {
      const topic = await rig.topic()
      const log = await rig.join(topic, { driver: await rig.doomedDriver() })
      await rig.until('the death', () => log.all('fatal').length > 0)
      await rig.wait(rig.limits.quietMs)
      await log.member.leave()
      assert.deepEqual(log.calls.filter(({ kind }) => kind === 'fatal').length, 1, 'a member dies once')
      assert.equal(log.calls.at(-1)?.kind, 'fatal', 'something was called after onFatal')
      assert.equal(log.leases.length, 0, 'a dead member with a lease')
      const leases = log.all('assigned').flatMap(({ leases: assigned }) => assigned)
      assert.ok(
        leases.every(({ isLive }) => !isLive),
        'a lease outlived its member',
      )
    },
  },
]
