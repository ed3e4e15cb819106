import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { murmur2 } from './murmur2.js'
import { partitionForKey } from './partition-for-key.js'

const theirs: unknown = createRequire(import.meta.url)('kafkajs/src/producer/partitioners/default/murmur2.js')

describe('murmur2', () => {
  // From Kafka's own UtilsTest.
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes "%s" as Java does', (text, expected) => {
    expect(murmur2(Buffer.from(text))).toBe(expected)
  })

  it('agrees with the hash of kafkajs on any bytes', () => {
    if (typeof theirs !== 'function') throw new Error('kafkajs has moved its murmur2')
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(murmur2(bytes)).toBe(theirs(Buffer.from(bytes)))
      }),
    )
  })
})

describe('partitionForKey', () => {
  it('drops the sign bit instead of negating, as Java does', () => {
    expect(partitionForKey(Buffer.from('21'), 1_000)).toBe((-973932308 & 0x7fffffff) % 1_000)
  })

  it('always names a partition that exists', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.integer({ min: 1, max: 10_000 }), (key, partitions) => {
        const partition = partitionForKey(key, partitions)
        expect(partition >= 0 && partition < partitions).toBe(true)
      }),
    )
  })
})
