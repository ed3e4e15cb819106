import type { RawRecord } from '@millrace/core'
import type { WrittenRecord } from '../../in-memory/in-memory-cluster.js'
import type { Mutant } from './mutant.js'
import { mutateBatch, recordWith } from './mutate-batch.js'
import { mutateMember } from './mutate-member.js'

const last = (records: readonly RawRecord[]): RawRecord | undefined => records.at(-1)

export const handOverMutants: readonly Mutant[] = [
  {
    name: 'keeps an empty first answer to itself',
    breaks: 'the-first-answer-is-handed-over',
    driver: mutateBatch((batch, { startOffset }) =>
      batch.records.length === 0 && batch.nextOffset === startOffset ? undefined : batch,
    ),
  },
  {
    name: 'hands the last record of a large batch over again',
    breaks: 'offsets-ascend',
    driver: mutateMember({
      events: ({ onRecords }) => ({
        onRecords(lease, batch) {
          onRecords(lease, batch)
          if (batch.records.length > 50) onRecords(lease, { ...batch, records: batch.records.slice(-1) })
        },
      }),
    }),
  },
  {
    name: 'tells the beginning of a large batch as its nextOffset',
    breaks: 'offsets-ascend',
    driver: mutateBatch((batch) => (batch.records.length > 50 ? { ...batch, nextOffset: batch.baseOffset } : batch)),
  },
  {
    name: 'mixes up two records of a batch of forty',
    breaks: 'a-record-has-its-offset',
    driver: mutateBatch((batch) => {
      const [first, second, ...others] = batch.records
      if (first === undefined || second === undefined || batch.records.length !== 40) return batch
      const swapped = [
        { ...second, offsetDelta: first.offsetDelta },
        { ...first, offsetDelta: second.offsetDelta },
      ]
      return { ...batch, records: [...swapped, ...others] }
    }),
  },
  {
    name: 'takes the offset behind the last record for the next one',
    breaks: 'next-offset-crosses-gaps',
    driver: mutateBatch((batch) => {
      const final = last(batch.records)
      return final === undefined ? batch : { ...batch, nextOffset: batch.baseOffset + BigInt(final.offsetDelta) + 1n }
    }),
  },
  {
    name: 'says nothing of an aborted transaction at the end of the log',
    breaks: 'a-moved-next-offset-is-handed-over',
    driver: mutateBatch((batch, { startOffset }) =>
      batch.records.length === 0 && batch.nextOffset > startOffset ? undefined : batch,
    ),
  },
  {
    name: 'skips the record behind a gap of two',
    breaks: 'compacted-gaps-are-crossed',
    driver: (world) => {
      const nexts = new Map<object, bigint>()
      return mutateBatch((batch, lease) => {
        const gap = batch.baseOffset - (nexts.get(lease) ?? lease.startOffset)
        nexts.set(lease, batch.nextOffset)
        return gap === 2n ? { ...batch, records: batch.records.slice(1) } : batch
      })(world)
    },
  },
  {
    name: 'tells an end that is one too far',
    breaks: 'the-end-is-told',
    driver: mutateBatch((batch) =>
      batch.records.length === 0 ? batch : { ...batch, endOffset: batch.endOffset + 1n },
    ),
  },
  {
    name: 'takes the high watermark for the end',
    breaks: 'the-end-is-told',
    driver: mutateBatch((batch, lease, { world }) => {
      const written = world.written.get(lease.topic) ?? []
      const offsets = written.filter(({ partition = 0 }) => partition === lease.partition).map(({ offset }) => offset)
      return { ...batch, endOffset: offsets.reduce((end, at) => (at >= end ? at + 1n : end), batch.endOffset) }
    }),
  },
  {
    name: 'loses what lies behind an open transaction',
    breaks: 'an-open-transaction-holds-back',
    driver: (world) => {
      const waited = new Set<object>()
      return mutateBatch((batch, lease) => {
        const written = world.written.get(lease.topic) ?? []
        const isAhead = written.some(
          ({ partition = 0, offset }) => partition === lease.partition && offset >= batch.endOffset,
        )
        if (isAhead) waited.add(lease)
        const isLate = waited.has(lease) && !isAhead && batch.records.length > 0
        return isLate ? { ...batch, records: batch.records.slice(0, 1) } : batch
      })(world)
    },
  },
  {
    name: 'hands records of an open transaction over',
    breaks: 'an-open-transaction-holds-back',
    driver: (world) => {
      const early = new Set<object>()
      return mutateBatch((batch, lease) => {
        const ahead = (world.written.get(lease.topic) ?? []).filter(
          ({ partition = 0, offset }) => partition === lease.partition && offset === batch.endOffset,
        )
        if (early.has(lease) || ahead.length === 0 || batch.records.length !== 1) return batch
        early.add(lease)
        return { ...batch, records: [...batch.records, ...ahead.map((record) => toRaw(record, batch.baseOffset))] }
      })(world)
    },
  },
  {
    name: 'hands aborted records over',
    breaks: 'only-committed-records',
    driver: (world) => {
      const nexts = new Map<object, bigint>()
      return mutateBatch((batch, lease) => {
        const from = nexts.get(lease) ?? lease.startOffset
        nexts.set(lease, batch.nextOffset)
        const aborted = (world.written.get(lease.topic) ?? []).filter(
          ({ how, partition = 0, offset }) =>
            how === 'aborted' && partition === lease.partition && offset >= from && offset < batch.nextOffset,
        )
        if (aborted.length === 0) return batch
        const moved = Number(batch.baseOffset - from)
        const kept = batch.records.map((record) => recordWith(record, { offsetDelta: record.offsetDelta + moved }))
        const records = [...aborted.map((record) => toRaw(record, from)), ...kept]
        return { ...batch, baseOffset: from, records: records.toSorted((a, b) => a.offsetDelta - b.offsetDelta) }
      })(world)
    },
  },
  {
    name: 'takes committed records for aborted ones where both are',
    breaks: 'only-committed-records',
    driver: (world) =>
      mutateBatch((batch, lease) => {
        const all = (world.written.get(lease.topic) ?? []).filter(({ partition = 0 }) => partition === lease.partition)
        if (!all.some(({ how }) => how === 'aborted')) return batch
        const dropped = new Set(all.filter(({ how }) => how === 'committed').map(({ offset }) => offset))
        const isKept = ({ offsetDelta }: RawRecord): boolean => !dropped.has(batch.baseOffset + BigInt(offsetDelta))
        return { ...batch, records: batch.records.filter(isKept) }
      })(world),
  },
]

const toRaw = ({ offset, key = null, value, headers = [], timestamp = 0 }: WrittenRecord, base: bigint): RawRecord => ({
  offsetDelta: Number(offset - base),
  key,
  value,
  headers,
  timestamp,
  sizeBytes: value?.length ?? 0,
})
