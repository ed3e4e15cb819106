import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createPartitionLog, type PartitionLog } from './partition-log.js'

const record = (value: string) => ({
  key: null,
  value: Buffer.from(value),
  headers: [],
  timestamp: 0,
  origin: 'script' as const,
})
const limits = { maxRecords: 100, maxBytes: 1_000_000 }

const readAll = (log: PartitionLog, { maxRecords = 100, maxBytes = 1_000_000 } = {}) => {
  const seen: { offset: bigint; value: string }[] = []
  let position = log.startOffset
  while (position < log.endOffset) {
    const batch = log.read(position, { maxRecords, maxBytes })
    expect(batch.nextOffset).toBeGreaterThan(position)
    for (const { offsetDelta, value } of batch.records) {
      seen.push({ offset: batch.baseOffset + BigInt(offsetDelta), value: String(value) })
    }
    position = batch.nextOffset
  }
  return seen
}

describe('createPartitionLog', () => {
  it('gives offsets from its first one, above what a double can count too', () => {
    const log = createPartitionLog({ firstOffset: 2n ** 53n })
    log.append(record('a'))
    expect(log.append(record('b'))).toBe(2n ** 53n + 1n)
    expect(readAll(log).map(({ offset }) => offset)).toEqual([2n ** 53n, 2n ** 53n + 1n])
  })

  it('steps over a gap between records, and moves to the end over a trailing one', () => {
    const log = createPartitionLog()
    log.append(record('a'))
    log.leaveGap(3)
    log.append(record('b'))
    log.leaveGap(2)
    expect(log.read(0n, limits)).toMatchObject({ nextOffset: 4n, endOffset: 7n })
    expect(log.read(2n, limits)).toMatchObject({ baseOffset: 4n, nextOffset: 7n })
    expect(log.read(5n, limits)).toMatchObject({ records: [], nextOffset: 7n })
  })

  it('reads from the middle of what was appended, within limits, at least one record', () => {
    const log = createPartitionLog()
    for (const value of ['aa', 'bbbb', 'cc', 'dd']) log.append(record(value))
    const two = log.read(1n, { maxRecords: 2, maxBytes: 100 })
    expect(two.records.map(({ value }) => String(value))).toEqual(['bbbb', 'cc'])
    expect(two.nextOffset).toBe(3n)
    expect(log.read(1n, { maxRecords: 9, maxBytes: 1 }).records).toHaveLength(1)
    expect(log.read(0n, { maxRecords: 9, maxBytes: 8 }).records).toHaveLength(3)
  })

  it('ends for readers where the oldest open transaction begins', () => {
    const log = createPartitionLog()
    log.append(record('a'))
    const first = log.hold()
    log.append(record('b'))
    const second = log.hold()
    log.append(record('c'))
    expect(log.read(0n, limits)).toMatchObject({
      nextOffset: 1n,
      endOffset: 1n,
      records: [{ value: Buffer.from('a') }],
    })
    expect(log.read(1n, limits)).toMatchObject({ nextOffset: 1n, records: [] })
    expect(log.all().map(({ offset }) => offset)).toEqual([0n])
    first()
    expect(log.read(0n, limits)).toMatchObject({ nextOffset: 2n, endOffset: 2n })
    second()
    expect(readAll(log).map(({ value }) => value)).toEqual(['a', 'b', 'c'])
  })

  it('forgets what is below the truncation point', () => {
    const log = createPartitionLog()
    for (const value of ['a', 'b', 'c']) log.append(record(value))
    log.truncate(2n)
    expect(log.startOffset).toBe(2n)
    expect(log.all().map(({ offset }) => offset)).toEqual([2n])
  })

  it('hands every record over exactly once, in order, whatever the segments, gaps and limits', () => {
    const step = fc.oneof(fc.constant('record' as const), fc.integer({ min: 1, max: 3 }))
    fc.assert(
      fc.property(
        fc.array(step),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        (steps, size, max) => {
          const log = createPartitionLog({ firstOffset: 7n, segmentRecords: size })
          const expected: bigint[] = []
          for (const one of steps) {
            if (one === 'record') expected.push(log.append(record('x')))
            else log.leaveGap(one)
          }
          expect(readAll(log, { maxRecords: max }).map(({ offset }) => offset)).toEqual(expected)
          expect(log.all().map(({ offset }) => offset)).toEqual(expected)
        },
      ),
    )
  })
})
