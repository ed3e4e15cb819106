import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { batchOverhead } from './record-batch.js'
import { readRecords } from './read-records.js'
import { scanRecords } from './scan-records.js'
import { buildBatch, type RecordToBuild } from './test-support/build-batch.js'

const scan = (records: readonly RecordToBuild[], keys = true) =>
  scanRecords(buildBatch({ records }), batchOverhead, records.length, keys)

describe('scanRecords', () => {
  it('finds the nearest and the furthest timestamp and a missing key', () => {
    expect(
      scan([
        { timestamp: 1000, key: 'a' },
        { timestamp: 400, key: null },
        { timestamp: 9000, key: 'c' },
      ]),
    ).toEqual({
      minDelta: -600,
      maxDelta: 8000,
      hasNullKey: true,
    })
  })

  it('takes an empty key for a key', () => {
    expect(scan([{ key: '' }])?.hasNullKey).toBe(false)
  })

  it('does not look at keys where nobody asks', () => {
    expect(scan([{ key: null }], false)?.hasNullKey).toBe(false)
  })

  it('reads distances of any length that a number holds', () => {
    for (const delta of [0, 63, 64, 8191, 8192, 2 ** 20, 2 ** 31, 2 ** 40, 2 ** 50]) {
      expect(scan([{ timestamp: 0 }, { timestamp: delta }])?.maxDelta).toBe(delta)
      expect(scan([{ timestamp: 0 }, { timestamp: 0 - delta }])?.minDelta).toBe(0 - delta)
    }
  })

  it('says that it does not know a distance that a number cannot hold', () => {
    expect(scan([{ timestamp: 0 }, { timestamp: 2 ** 60 }])?.maxDelta).toBe(Number.POSITIVE_INFINITY)
    expect(scan([{ timestamp: 0 }, { timestamp: -(2 ** 60) }])?.minDelta).toBe(Number.NEGATIVE_INFINITY)
  })

  it.each([
    ['too few records', (batch: Buffer) => ({ batch, count: 3 })],
    ['bytes behind the last record', (batch: Buffer) => ({ batch: Buffer.concat([batch, Buffer.of(0)]), count: 2 })],
    ['a record that is cut', (batch: Buffer) => ({ batch: batch.subarray(0, -1), count: 2 })],
    ['no records at all', (batch: Buffer) => ({ batch: batch.subarray(0, batchOverhead), count: 2 })],
    ['a negative length', (batch: Buffer) => ({ batch: withByte(batch, batchOverhead, 1), count: 2 })],
    ['a length that never ends', (batch: Buffer) => ({ batch: endless(batch), count: 2 })],
  ])('finds no records where there are %s', (_what, damage) => {
    const { batch, count } = damage(buildBatch({ records: [{ value: 'one' }, { value: 'two' }] }))
    expect(scanRecords(batch, batchOverhead, count, false)).toBeUndefined()
  })

  it('agrees with the full decoder on every batch', () => {
    const record = fc.record({
      key: fc.option(fc.string({ maxLength: 200 })),
      value: fc.option(fc.string({ maxLength: 200 })),
      timestamp: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
    })
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
        const found = scan(records)
        const decoded = readRecords(buildBatch({ records })) ?? []
        const deltas = decoded.map(({ timestamp }) => Number(timestamp) - (records[0]?.timestamp ?? 0))
        expect(found).toEqual({
          minDelta: Math.min(...deltas),
          maxDelta: Math.max(...deltas),
          hasNullKey: decoded.some(({ key }) => key === null),
        })
      }),
    )
  })
})

function withByte(batch: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(batch)
  copy[at] = byte
  return copy
}

function endless(batch: Buffer): Buffer {
  const copy = Buffer.from(batch)
  copy.fill(0xff, batchOverhead)
  return copy
}
