import assert from 'node:assert/strict'
import type { ConformanceRule } from '../rule.js'
import { numbered, numbers } from './numbered.js'

export const flowRules: readonly ConformanceRule[] = [
  {
    id: 'pause-stops-fetching',
    name: 'after pause at most the one answer that was under way arrives',
    async run(rig) {
      const [topic, beacon] = [await rig.topic(), await rig.topic()]
      const log = await rig.join([topic, beacon])
      await rig.settled(log)
      log.lease(0, topic).pause()
      const pausedAt = log.calls.length
      for (const round of [0, 1, 2]) {
        // The beacon is written afterwards and read by the same member: it tells that the record would have come by now.
        await rig.cluster.write(topic, numbered(1, round))
        await rig.cluster.write(beacon, numbered(1, round))
        await rig.until('the beacon', () => log.values({ topic: beacon }).includes(String(round)))
      }
      const late = log.calls.slice(pausedAt).filter((call) => call.kind === 'records' && call.lease.topic === topic)
      assert.ok(late.length <= 1, `${late.length} answers arrived after pause`)
    },
  },
  {
    id: 'resume-goes-on',
    name: 'after resume a lease goes on where it stopped: nothing is lost, nothing comes twice',
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, numbered(5))
      const log = await rig.join(topic)
      await rig.until('the first records', () => log.values().includes('4'))
      for (const from of [5, 10]) {
        log.lease(0).pause()
        await rig.cluster.write(topic, numbered(5, from))
        log.lease(0).resume()
        await rig.until('the records behind the pause', () => log.values().includes(String(from + 4)))
      }
      assert.deepEqual(log.values(), numbers(15))
    },
  },
  {
    id: 'a-paused-partition-is-alone',
    name: 'a paused partition stops no other of the same member',
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      const log = await rig.join(topic)
      await rig.settled(log)
      log.lease(0).pause()
      for (const from of [0, 1, 2]) {
        await rig.cluster.write(topic, [...numbered(1, from), ...numbered(1, from, 1)])
        await rig.until('the record of the other partition', () => log.values({ partition: 1 }).includes(String(from)))
      }
    },
  },
  {
    id: 'seek-moves',
    name: 'after seek the next batch begins at its offset, back or ahead, and batches fetched before it are dropped',
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, numbered(20))
      const log = await rig.join(topic)
      await rig.until('all records', () => log.values().includes('19'))
      const seek = async (offset: bigint, last: number): Promise<void> => {
        const before = log.records().length
        log.lease(0).seek(offset)
        const after = (): string[] => log.values().slice(before)
        await rig.until(`record ${last} after the seek`, () => after().includes(String(last)))
        assert.deepEqual(after(), numbers(last + 1 - Number(offset), Number(offset)))
      }
      await seek(5n, 19)
      // Paused, so that an answer fetched meanwhile can lie ready when the seek comes.
      log.lease(0).pause()
      await rig.cluster.write(topic, numbered(10, 20))
      const seeking = seek(25n, 29)
      log.lease(0).resume()
      await seeking
    },
  },
  {
    id: 'a-pause-in-onrecords-counts',
    name: 'a pause inside onRecords is heeded: at most the one answer that was under way comes after it',
    async run(rig) {
      const [topic, beacon] = [await rig.topic(), await rig.topic()]
      for (let round = 0; round < 5; round += 1) await rig.cluster.write(topic, [{ value: Buffer.alloc(2000, 1) }])
      const log = await rig.join([topic, beacon], {
        maxBytesPerPartition: 3000, // one record per answer
        onRecords: (lease) => (lease.topic === topic ? lease.pause() : undefined),
      })
      await rig.until('the first record', () => log.records({ topic }).length > 0)
      for (const round of [0, 1, 2]) {
        await rig.cluster.write(beacon, numbered(1, round))
        await rig.until('the beacon', () => log.values({ topic: beacon }).includes(String(round)))
      }
      assert.ok(
        log.batches({ topic }).length <= 2,
        `${log.batches({ topic }).length} answers in spite of a pause in the first`,
      )
    },
  },
  {
    id: 'a-seek-in-onrecords-counts',
    name: 'a seek inside onRecords is heeded: the next batch begins there, and not behind the batch that was handed over',
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, numbered(10))
      let hasSought = false
      const log = await rig.join(topic, {
        onRecords(lease, { nextOffset }) {
          if (hasSought || nextOffset < 10n) return
          hasSought = true
          lease.seek(7n)
        },
      })
      await rig.until('the records behind the seek', () => log.values().length >= 13)
      assert.deepEqual(log.values(), [...numbers(10), ...numbers(3, 7)])
    },
  },
]
