import { readRecords } from '@millrace/broker/records'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { codecs } from './compress.js'
import { encodeBatch, noProducer } from './encode-batch.js'

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
const record = fc.record({
  timestamp: fc.bigInt({ min: -1n, max: 2n ** 50n }),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.array(
    fc.tuple(
      fc.string().map((name) => Buffer.from(name)),
      fc.option(bytes),
    ),
    { maxLength: 4 },
  ),
})

test.each(codecs)('a batch holds what was put into it, byte by byte: %s', (codec) => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 20 }), (records) => {
      const batch = encodeBatch(records, { producer: noProducer, codec, isTransactional: false })
      expect(readRecords(batch)).toEqual(
        records.map(({ timestamp, key, value, headers }, index) => ({
          offset: BigInt(index),
          timestamp,
          key,
          value,
          headers: headers.map(([name, content]) => ({ key: name.toString('utf8'), value: content })),
        })),
      )
    }),
    { numRuns: 50 },
  )
})

// Larger than a chunk of snappy and a block of LZ4.
test.each(codecs)('of any size: %s', (codec) => {
  const value = Buffer.from(Array.from({ length: 200_001 }, (_, at) => at % 251))
  const record = { timestamp: 0n, key: null, value, headers: [] }
  const batch = encodeBatch([record, record], { producer: noProducer, codec, isTransactional: false })
  expect(readRecords(batch)?.map((one) => one.value?.equals(value))).toEqual([true, true])
})
