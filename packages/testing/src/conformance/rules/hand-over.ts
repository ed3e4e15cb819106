import assert from 'node:assert/strict'
import { recordsOf } from '../member-log.js'
import type { ConformanceRule } from '../rule.js'
import { numbered, numbers } from './numbered.js'

export const handOverRules: readonly ConformanceRule[] = [
  {
    id: 'the-first-answer-is-handed-over',
    name: 'the first answer of each lease is handed over, also when it holds no record',
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      const log = await rig.join(topic)
      await rig.until('an answer for each lease', () =>
        [0, 1].every((one) => log.batches({ partition: one }).length > 0),
      )
      for (const { batch } of log.batches()) {
        assert.deepEqual([batch.records.length, batch.nextOffset, batch.endOffset], [0, 0n, 0n])
      }
      const second = await rig.join(topic)
      await rig.settled(log, second)
      for (const member of [log, second]) {
        const [lease] = member.leases
        await rig.until('an answer for the lease after a rebalance', () =>
          member.batches().some((call) => call.lease === lease),
        )
      }
    },
  },
  {
    id: 'offsets-ascend',
    name: 'the offsets of a lease rise strictly, each batch goes on at or after the nextOffset of the one before, and its nextOffset lies behind its records and within the log',
    async run(rig) {
      const topic = await rig.topic()
      const log = await rig.join(topic)
      await rig.settled(log)
      for (const round of [0, 1, 2]) {
        await rig.cluster.write(topic, numbered(100, round * 100))
        await rig.until('the records of a round', () => log.values().includes(String(round * 100 + 99)))
      }
      let next = 0n
      for (const { lease, batch } of log.batches()) {
        for (const { offset } of recordsOf({ lease, batch })) {
          assert.ok(offset >= next, `offset ${offset} after ${next} was told to be the next`)
          next = offset + 1n
        }
        assert.ok(batch.nextOffset >= next, `nextOffset ${batch.nextOffset}, but ${next} is the next`)
        assert.ok(batch.nextOffset <= batch.endOffset, `nextOffset ${batch.nextOffset} behind the end`)
        next = batch.nextOffset
      }
      assert.equal(next, 300n)
    },
  },
  {
    id: 'a-record-has-its-offset',
    name: 'every record is handed over at the offset at which the cluster stored it',
    async run(rig) {
      const topic = await rig.topic()
      const offsets = await rig.cluster.write(topic, numbered(40))
      const log = await rig.join(topic)
      await rig.until('all records', () => new Set(log.values()).size === 40)
      for (const { offset, record } of log.records()) assert.equal(offset, offsets[Number(String(record.value))])
    },
  },
  {
    id: 'next-offset-crosses-gaps',
    name: 'nextOffset goes beyond transaction markers and aborted records, up to the end of the log',
    needs: ['transactions'],
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      await rig.cluster.write(topic, numbered(2), { transaction: 'commit' })
      await rig.cluster.write(topic, numbered(2, 0, 1))
      await rig.cluster.write(topic, numbered(3, 2, 1), { transaction: 'abort' })
      const ends = await rig.cluster.endOffsets(topic)
      assert.deepEqual([...ends.values()], [3n, 6n], 'the ends that the cluster tells')
      const log = await rig.join(topic)
      await rig.until('the ends of both partitions', () =>
        [0, 1].every((partition) => log.batches({ partition }).at(-1)?.batch.nextOffset === ends.get(partition)),
      )
    },
  },
  {
    id: 'a-moved-next-offset-is-handed-over',
    name: 'an answer without records that moves nextOffset is handed over',
    needs: ['transactions'],
    async run(rig) {
      const topic = await rig.topic()
      await rig.cluster.write(topic, numbered(1))
      const log = await rig.join(topic)
      await rig.until('the record', () => log.records().length > 0)
      await rig.cluster.write(topic, numbered(3, 1), { transaction: 'abort' })
      await rig.until('a batch up to the end', () => log.batches().at(-1)?.batch.nextOffset === 5n)
    },
  },
  {
    id: 'compacted-gaps-are-crossed',
    name: 'compacted ranges are crossed: every record that is left is handed over, and nextOffset reaches the end',
    needs: ['compaction'],
    async run(rig) {
      const topic = rig.uniqueName('compacted')
      await rig.cluster.createCompacted?.(topic)
      const before = await rig.cluster.read(topic)
      const end = (await rig.cluster.endOffsets(topic)).get(0)
      const log = await rig.join(topic)
      await rig.until('the end', () => log.batches().at(-1)?.batch.nextOffset === end)
      // Compaction may go on meanwhile: what was there to the last has to be read, and what was there at first may be.
      const found = log.records().map(({ offset }) => offset)
      const offsets = (stored: readonly { readonly offset: bigint }[]) => stored.map(({ offset }) => offset)
      assert.deepEqual(
        offsets(await rig.cluster.read(topic)).filter((offset) => !found.includes(offset)),
        [],
      )
      assert.deepEqual(
        found.filter((offset) => !offsets(before).includes(offset)),
        [],
      )
    },
  },
  {
    id: 'the-end-is-told',
    name: 'endOffset of a batch is the end that a read_committed reader has, which lies before an open transaction',
    needs: ['transactions'],
    async run(rig) {
      const topic = await rig.topic({ partitions: 2 })
      await rig.cluster.write(topic, [...numbered(7), ...numbered(3, 0, 1)])
      const open = await rig.cluster.openTransaction(topic, numbered(2, 3, 1))
      try {
        const log = await rig.join(topic)
        await rig.until('the records', () => new Set(log.values({ partition: 0 })).size === 7)
        await rig.until('the records before the transaction', () => log.values({ partition: 1 }).includes('2'))
        const ends = [0, 1].map((partition) => log.batches({ partition }).at(-1)?.batch.endOffset)
        assert.deepEqual(ends, [7n, 3n])
      } finally {
        await open.commit()
      }
    },
  },
  {
    id: 'an-open-transaction-holds-back',
    name: 'records of an open transaction, and all behind them, are handed over once it is committed and not before, in order',
    needs: ['transactions'],
    async run(rig) {
      const [topic, beacon] = [await rig.topic(), await rig.topic()]
      await rig.cluster.write(topic, numbered(1))
      const log = await rig.join([topic, beacon])
      const open = await rig.cluster.openTransaction(topic, numbered(1, 1))
      try {
        await rig.cluster.write(topic, numbered(1, 2))
        for (const round of [0, 1]) {
          await rig.cluster.write(beacon, numbered(1, round))
          await rig.until('the beacon', () => log.values({ topic: beacon }).includes(String(round)))
        }
        await rig.until('the record before the transaction', () => log.values({ topic }).length > 0)
        assert.deepEqual(log.values({ topic }), ['0'])
      } finally {
        await open.commit()
      }
      await rig.until('the record behind it', () => log.values({ topic }).includes('2'))
      assert.deepEqual(log.values({ topic }), numbers(3))
    },
  },
  {
    id: 'only-committed-records',
    name: 'records of aborted transactions are never handed over, and those of committed ones all are',
    needs: ['transactions'],
    async run(rig) {
      const { cluster } = rig
      const topic = await rig.topic({ partitions: 2 })
      const both = (from: number) => [...numbered(2, from), ...numbered(2, from + 2, 1)]
      await cluster.write(topic, both(0), { transaction: 'abort' })
      await cluster.write(topic, both(4))
      await cluster.write(topic, both(8), { transaction: 'commit' })
      await cluster.write(topic, both(12), { transaction: 'abort' })
      await cluster.write(topic, both(16), { transaction: 'commit' })
      await cluster.write(topic, both(20))
      const log = await rig.join(topic)
      await rig.until('the last records', () => log.values().includes('21') && log.values().includes('23'))
      const wanted = [...numbers(8, 4), ...numbers(8, 16)]
      const byNumber = (one: string, other: string): number => Number(one) - Number(other)
      assert.deepEqual([...new Set(log.values())].toSorted(byNumber), wanted)
    },
  },
]
