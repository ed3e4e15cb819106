import { describe, expect, it } from 'vitest'
import { batchOverhead } from './record-batch.js'
import { readRecords } from './read-records.js'
import { buildBatch } from './test-support/build-batch.js'

const text = (bytes: Buffer | null | undefined): string | null | undefined => bytes?.toString() ?? (bytes as null)

describe('readRecords', () => {
  it.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('opens a batch of %s', (codec) => {
    const long = 'abcabcabc'.repeat(1000)
    const records = readRecords(
      buildBatch({
        codec,
        baseOffset: 70n,
        records: [
          {
            key: 'k',
            value: long,
            timestamp: 5000,
            headers: [
              ['h', '1'],
              ['h', null],
            ],
          },
          { key: null, value: null, timestamp: 4000 },
        ],
      }),
    )
    expect(records).toHaveLength(2)
    const [first, second] = records ?? []
    expect(first).toMatchObject({ offset: 70n, timestamp: 5000n })
    expect([text(first?.key), text(first?.value)]).toEqual(['k', long])
    expect(first?.headers.map(({ key, value }) => [key, text(value)])).toEqual([
      ['h', '1'],
      ['h', null],
    ])
    expect(second).toMatchObject({ offset: 71n, timestamp: 4000n, key: null, value: null, headers: [] })
  })

  it('gives every record the time of its batch where the log set it', () => {
    const batch = buildBatch({ records: [{ timestamp: 1 }, { timestamp: 2 }], attributes: 0x08, maxTimestamp: 777 })
    expect(readRecords(batch)?.map(({ timestamp }) => timestamp)).toEqual([777n, 777n])
  })

  it.each([
    ['more records than there are', buildBatch({ recordCount: 2 })],
    ['fewer records than there are', buildBatch({ records: [{}, {}], recordCount: 1 })],
    ['compressed bytes that are not', buildBatch({ attributes: 1 })],
    ['an unknown codec', buildBatch({ attributes: 7 })],
    ['a value that leaves its record', damaged(buildBatch({ records: [{ value: 'four' }] }), batchOverhead + 5, 0x7e)],
    ['a header without a name', damaged(buildBatch({ records: [{ headers: [['h', 'v']] }] }), batchOverhead + 8, 1)],
  ])('opens nothing where a batch claims %s', (_what, batch) => {
    expect(readRecords(batch)).toBeUndefined()
  })
})

function damaged(batch: Buffer, at: number, byte: number): Buffer {
  batch[at] = byte
  return batch
}
