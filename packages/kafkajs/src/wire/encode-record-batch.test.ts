import { createRequire } from 'node:module'
import type { RawRecord } from '@millrace/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodePartition } from './decode-partition.js'
import { type BatchRecord, encodeRecordBatch, estimateRecordSize } from './encode-record-batch.js'
import { BATCH_HEADER_BYTES } from './read-batch-header.js'
import { fetched, record } from './test-support/wire-fixtures.js'

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const header = fc.tuple(bytes, fc.option(bytes))
const anyRecord: fc.Arbitrary<BatchRecord> = fc.record({
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(header, { maxLength: 5 }),
  timestamp: fc.oneof(fc.integer({ min: -1, max: 8.64e15 }), fc.integer({ min: 1.7e12, max: 1.8e12 })),
})
const anyCodec = fc.constantFrom('none', 'gzip', 'snappy', 'lz4', 'zstd')

const plain = ({ key, value, headers, timestamp }: RawRecord | BatchRecord) => ({ key, value, headers, timestamp })

describe('encodeRecordBatch', () => {
  it('brings back every record, with headers in order and duplicates kept, whatever the codec', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), anyCodec, (records, compression) => {
        const {
          records: decoded,
          fault,
          nextOffset,
        } = decodePartition(fetched([encodeRecordBatch(records, { compression })]), 0n)
        expect(fault).toBeUndefined()
        expect(nextOffset).toBe(BigInt(records.length))
        expect(decoded.map(plain)).toEqual(records.map(plain))
        expect(decoded.map(({ offsetDelta }) => offsetDelta)).toEqual(records.map((_, index) => index))
      }),
    )
  })

  it('never needs more than the estimate', () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), anyCodec, (records, compression) => {
        const limit = records.reduce((size, each) => size + estimateRecordSize(each), BATCH_HEADER_BYTES)
        expect(encodeRecordBatch(records, { compression }).length).toBeLessThanOrEqual(limit)
      }),
    )
  })

  it('writes producer, epoch, sequence and the transactional bit where the broker reads them', () => {
    const producer = { id: 2n ** 40n, epoch: 7, baseSequence: 2_147_483_647 }
    const batch = encodeRecordBatch([record('a', { timestamp: 5 }), record('b', { timestamp: 3 })], {
      producer,
      isTransactional: true,
    })
    expect(batch.readInt16BE(21)).toBe(0x10)
    expect(batch.readBigInt64BE(27)).toBe(5n)
    expect(batch.readBigInt64BE(35)).toBe(5n)
    expect(batch.readBigInt64BE(43)).toBe(producer.id)
    expect(batch.readInt16BE(51)).toBe(producer.epoch)
    expect(batch.readInt32BE(53)).toBe(producer.baseSequence)
  })

  it('stays uncompressed where compression would only make it larger', () => {
    expect(encodeRecordBatch([record('x')], { compression: 'gzip' }).readInt16BE(21)).toBe(0)
    expect(encodeRecordBatch([record('x'.repeat(500))], { compression: 'gzip' }).readInt16BE(21)).toBe(1)
  })

  it('refuses an empty batch', () => {
    expect(() => encodeRecordBatch([])).toThrow(RangeError)
  })
})

describe('beside kafkajs', () => {
  const load = createRequire(import.meta.url)
  const Decoder = load('kafkajs/src/protocol/decoder.js')
  const decodeTheirs = load('kafkajs/src/protocol/recordBatch/v0/decoder.js')
  const Record = load('kafkajs/src/protocol/recordBatch/record/v0/index.js')
  const { RecordBatch } = load('kafkajs/src/protocol/recordBatch/v0/index.js')

  /** What both can express: names that are text and distinct, values that are not null. */
  const simple = fc.record({
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), bytes, { noNullPrototype: true, maxKeys: 4 }),
    timestamp: fc.integer({ min: 1_000_000_000_000, max: 1_900_000_000_000 }),
  })

  it('kafkajs reads what we write', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(simple, { minLength: 1, maxLength: 10 }),
        fc.constantFrom('none', 'gzip'),
        async (records, compression) => {
          const ours = encodeRecordBatch(
            records.map((each) => ({
              ...each,
              headers: Object.entries(each.headers).map(([name, value]) => [Buffer.from(name), value]),
            })),
            { compression },
          )
          const { records: decoded } = await decodeTheirs(new Decoder(ours))
          expect(decoded).toHaveLength(records.length)
          for (const [index, each] of records.entries()) {
            expect(decoded[index]).toMatchObject({ ...each, timestamp: String(each.timestamp), offset: String(index) })
          }
        },
      ),
    )
  })

  it('we read what kafkajs writes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(simple, { minLength: 1, maxLength: 10 }),
        fc.constantFrom(0, 1),
        async (records, compression) => {
          const firstTimestamp = records[0]?.timestamp ?? 0
          const theirs = await RecordBatch({
            compression,
            firstTimestamp,
            maxTimestamp: firstTimestamp,
            lastOffsetDelta: records.length - 1,
            records: records.map((each, index) =>
              Record({ ...each, offsetDelta: index, timestampDelta: each.timestamp - firstTimestamp }),
            ),
          })
          const { records: decoded, fault } = decodePartition(fetched([theirs.buffer]), 0n)
          expect(fault).toBeUndefined()
          expect(
            decoded.map(({ key, value, timestamp, headers }) => ({
              key,
              value,
              timestamp,
              headers: Object.fromEntries(headers.map(([name, header]) => [name.toString(), header])),
            })),
          ).toEqual(records)
        },
      ),
    )
  })
})
