import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { ByteReader } from './byte-reader.js'
import { defaultDecodeLimits } from './decode-limits.js'
import { type DecodedPartition, decodePartition } from './decode-partition.js'
import { encodeRecordBatch } from './encode-record-batch.js'
import { at, fetched, forge, forgeRecords, record, transactional } from './test-support/wire-fixtures.js'
import { WireFault } from './wire-fault.js'

const decode = (batch: Buffer, limits = defaultDecodeLimits): DecodedPartition =>
  decodePartition(fetched([batch]), 0n, limits)

/** Length 6, attributes, timestamp delta 0, offset delta 0, key null, value null, no headers. */
const smallest = [0x0c, 0x00, 0x00, 0x00, 0x01, 0x01, 0x00]
const section = (...bytes: number[]): Buffer => Buffer.from(bytes)
const replaced = (index: number, value: number): Buffer =>
  section(...smallest.slice(0, index), value, ...smallest.slice(index + 1))

describe('decoding a hostile batch', () => {
  it('the smallest record of these tests is itself valid', () => {
    expect(decode(forgeRecords(section(...smallest)))).toMatchObject({ records: [{ key: null }], nextOffset: 1n })
  })

  it.each([
    ['a record longer than the batch', forgeRecords(replaced(0, 0x20))],
    ['a record of negative length', forgeRecords(replaced(0, 0x01))],
    ['a record shorter than its fields', forgeRecords(section(0x0a, ...smallest.slice(1)))],
    ['a negative key length that is not null', forgeRecords(replaced(4, 0x03))],
    ['a key longer than its record', forgeRecords(replaced(4, 0x7e))],
    ['a value longer than its record', forgeRecords(replaced(5, 0x7e))],
    ['a value of 2 GiB', forgeRecords(section(0x14, 0, 0, 0, 0x01, 0xfe, 0xff, 0xff, 0xff, 0x0f, 0x00))],
    ['a negative header count', forgeRecords(replaced(6, 0x01))],
    ['a header count without headers', forgeRecords(replaced(6, 0x02))],
    ['a header count of 2^31 - 1', forgeRecords(section(0x14, 0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0x0f))],
    ['a header without a name', forgeRecords(section(0x10, 0, 0, 0, 1, 1, 2, 1, 1))],
    ['a header value longer than its record', forgeRecords(section(0x10, 0, 0, 0, 1, 1, 2, 0, 0x40))],
    ['a header value of negative length', forgeRecords(section(0x10, 0, 0, 0, 1, 1, 2, 0, 0x03))],
    ['a count above the records there are', forgeRecords(section(...smallest), { count: 2, lastOffsetDelta: 1 })],
    ['a count of 2^31 - 1', forgeRecords(section(...smallest), { count: 2 ** 31 - 1 })],
    ['a negative count', forgeRecords(section(...smallest), { count: -1 })],
    ['a negative count and no records', forgeRecords(section(), { count: -1 })],
    ['a count below the records there are', forgeRecords(section(...smallest, ...smallest), { count: 1 })],
    ['an offset above the last of the batch', forgeRecords(replaced(3, 0x02))],
    ['an offset below the first of the batch', forgeRecords(replaced(3, 0x01))],
    ['an offset twice', forgeRecords(section(...smallest, ...smallest), { count: 2, lastOffsetDelta: 1 })],
    ['a negative last offset delta', forgeRecords(section(...smallest), { lastOffsetDelta: -1 })],
    ['gzip that is not gzip', forgeRecords(section(...smallest), { attributes: 1 })],
    ['a negative base offset', at(-1n, forgeRecords(section(...smallest)))],
    ['a last offset that no number follows', at(2n ** 63n - 1n, forgeRecords(section(...smallest)))],
    ['a batch shorter than a header', forge(forgeRecords(section(...smallest)), (bytes) => bytes.writeInt32BE(48, 8))],
    ['a batch of negative length', forge(forgeRecords(section(...smallest)), (bytes) => bytes.writeInt32BE(-1, 8))],
    [
      'a batch longer than the answer',
      forge(forgeRecords(section(...smallest)), (bytes) => bytes.writeInt32BE(999, 8)),
    ],
  ])('reports %s and hands nothing of it over', (_what, batch) => {
    const { records, nextOffset, fault } = decode(batch)
    expect(fault?.kind === 'corrupt' || fault?.kind === 'too-large').toBe(true)
    expect({ records, nextOffset }).toEqual({ records: [], nextOffset: 0n })
  })

  it('reports a checksum that does not match', () => {
    const batch = encodeRecordBatch([record('a')])
    batch[65] = (batch[65] ?? 0) ^ 1
    expect(decode(batch).fault?.kind).toBe('checksum')
  })

  it.each([
    [0, 'from before Kafka 0.11'],
    [1, 'copy the topic with a client that still reads them'],
    [3, 'a newer driver'],
  ])('refuses records of magic %i and says what to do: %s', (magic, advice) => {
    const batch = encodeRecordBatch([record('a')])
    batch[16] = magic
    expect(decode(batch).fault).toMatchObject({ kind: 'unsupported-format', message: expect.stringContaining(advice) })
  })

  it('reports a codec that does not exist', () => {
    expect(decode(forgeRecords(section(...smallest), { attributes: 5 })).fault?.kind).toBe('unsupported-codec')
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('reports a %s bomb instead of inflating it', (compression) => {
    const batch = encodeRecordBatch([record('0'.repeat(1_000_000))], { compression })
    expect(batch.length).toBeLessThan(60_000)
    expect(decode(batch, { ...defaultDecodeLimits, maxInflatedBytes: 500_000 }).fault?.kind).toBe('too-large')
  })

  it('reports more records or headers than allowed', () => {
    const header = [Buffer.from('h'), null] as const
    const batch = encodeRecordBatch([record('a', { headers: [header, header, header] }), record('b')])
    expect(decode(batch, { ...defaultDecodeLimits, maxHeaders: 2 }).fault?.kind).toBe('too-large')
    expect(decode(batch, { ...defaultDecodeLimits, maxRecords: 1 }).fault?.kind).toBe('too-large')
    expect(decode(batch, { ...defaultDecodeLimits, maxRecords: 2, maxHeaders: 3 }).fault).toBeUndefined()
  })

  it('throws nothing, whatever bits flip', () => {
    const batch = encodeRecordBatch(
      [record('first', { key: Buffer.from('k') }), record(null, { headers: [[Buffer.from('a'), Buffer.from('b')]] })],
      { compression: 'none' },
    )
    const flips = fc.array(fc.tuple(fc.nat(batch.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    fc.assert(
      fc.property(flips, fc.boolean(), (changes, isHostile) => {
        const change = (bytes: Buffer) => {
          for (const [index, mask] of changes) bytes[index] = (bytes[index] ?? 0) ^ mask
        }
        const broken = Buffer.from(batch)
        change(broken)
        // The same bits with a checksum made right reach the record decoder.
        const { records, fault } = decode(isHostile ? forge(batch, change) : broken)
        if (fault !== undefined) expect(fault).toBeInstanceOf(WireFault)
        for (const each of records) expect(each.headers.length).toBeLessThanOrEqual(batch.length)
      }),
      { numRuns: 5_000 },
    )
  })

  it('throws nothing for random bytes, alone or as the records of a sound batch', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (bytes, count) => {
        for (const log of [Buffer.from(bytes), forgeRecords(Buffer.from(bytes), { count, lastOffsetDelta: 1_000 })]) {
          const { records, fault } = decode(log)
          if (bytes.length > 0) expect(records.length > 0 || fault instanceof WireFault).toBe(true)
        }
      }),
      { numRuns: 5_000 },
    )
  })

  it('hands over views of its own batch only', () => {
    const secret = Buffer.from('SECRET')
    const batch = transactional(0n, 1n, record('mine'))
    const whole = Buffer.concat([secret, batch, secret])
    const view = whole.subarray(secret.length, secret.length + batch.length)
    const [only] = decode(view).records
    expect(only?.value?.toString()).toBe('mine')
    expect(only?.key).toBeNull()
  })
})

describe('headers', () => {
  const names = [
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    'b',
    'a',
    'b',
    '10',
    '2',
    'a\nb',
    'a\0b',
    '😀',
  ]

  it('come back as they were: hostile names, order, duplicates, nulls, bytes that are not text', () => {
    const headers = [
      ...names.map((name) => [Buffer.from(name), Buffer.from(`value of ${name}`)] as const),
      [Buffer.from([0xff, 0xfe, 0xc0]), null] as const,
      [Buffer.alloc(65_536, 0x61), Buffer.alloc(0)] as const,
    ]
    const { records } = decode(encodeRecordBatch([record('v', { headers })]))
    expect(records[0]?.headers).toEqual(headers)
    expect(records[0]?.sizeBytes).toBe(
      1 + headers.reduce((size, [name, value]) => size + name.length + (value?.length ?? 0), 0),
    )
  })

  it('are the same array at every access', () => {
    const [only] = decode(encodeRecordBatch([record('v', { headers: [[Buffer.from('a'), null]] })])).records
    expect(only?.headers).toBe(only?.headers)
  })

  it('share the Buffer of a name with other records of their batch, where it is the same in the same place', () => {
    const named = (...headerNames: string[]) =>
      record('v', { headers: headerNames.map((name) => [Buffer.from(name), Buffer.from(name)] as const) })
    const lists = [['id', 'trace'], ['id', 'truck'], ['trace', 'id'], ['i', 'trace'], ['id'], ['id', 'trace', 'id']]
    const { records } = decode(encodeRecordBatch(lists.map((list) => named(...list))))
    for (const order of [records, records.toReversed()]) {
      for (const { headers } of order) for (const [name, value] of headers) expect(name).toEqual(value)
    }
    expect(records.map(({ headers }) => headers.map(([name]) => name.toString()))).toEqual(lists)
    expect(records[4]?.headers[0]?.[0]).toBe(records[5]?.headers[0]?.[0])
  })

  it('take work in proportion to their number, also where all have one name', () => {
    expect(stepsFor(10_001) - stepsFor(1)).toBe(10 * (stepsFor(1_001) - stepsFor(1)))
    expect(stepsFor(10_000)).toBeLessThan(10_000 * 10)
  })
})

/** Reads of the byte readers for one record with so many headers, decoded and looked at. */
function stepsFor(count: number): number {
  const headers = Array.from({ length: count }, (_, index) => [Buffer.from('same'), Buffer.from(`${index}`)] as const)
  const batch = encodeRecordBatch([record('v', { headers })])
  const spies = (['readVarint', 'readVarlong', 'skip', 'skipNullable', 'take', 'takeNullable'] as const).map((name) =>
    vi.spyOn(ByteReader.prototype, name),
  )
  try {
    const [only] = decode(batch).records
    expect(only?.headers).toEqual(headers)
    return spies.reduce((sum, { mock }) => sum + mock.calls.length, 0)
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
}

describe('decoding many records', () => {
  it('makes bigints per batch, never per record, however far apart their times are', () => {
    const bigintsFor = (count: number): number => {
      const batch = encodeRecordBatch(
        Array.from({ length: count }, (_, index) => record('v', { timestamp: 1_600_000_000_000 + index * 1e10 })),
      )
      const made = vi.spyOn(globalThis, 'BigInt')
      try {
        expect(decode(batch).records.at(-1)?.timestamp).toBe(1_600_000_000_000 + (count - 1) * 1e10)
        return made.mock.calls.length
      } finally {
        made.mockRestore()
      }
    }
    expect(bigintsFor(1_000)).toBe(bigintsFor(1))
  })
})
