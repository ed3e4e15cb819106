import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decompress } from './decompress.js'
import { lz4Decompress } from './lz4.js'
import { snappyDecompress } from './snappy.js'
import { lz4Block, lz4Compress, lz4Frame, snappyBlock, snappyCompress } from './test-support/compress.js'

/** Repeating and not, in runs of all lengths. */
const payload = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 90 })), { maxLength: 40 })
  .map((runs) =>
    Buffer.concat(runs.flatMap(([bytes, times]) => Array.from({ length: times }, () => Buffer.from(bytes)))),
  )

describe('snappy', () => {
  it('opens what the format describes', () => {
    // "abcd", then "abcdabcd" as a copy that reads what it writes.
    const block = Buffer.from([12, (4 - 1) << 2, 0x61, 0x62, 0x63, 0x64, ((8 - 4) << 2) | 1, 4])
    expect(snappyDecompress(block, 100).toString()).toBe('abcdabcdabcd')
  })

  it('opens blocks and frames of blocks', () => {
    fc.assert(
      fc.property(payload, (bytes) => {
        expect(snappyDecompress(snappyBlock(bytes), 1e6).equals(bytes)).toBe(true)
        expect(snappyDecompress(snappyCompress(bytes), 1e6).equals(bytes)).toBe(true)
      }),
    )
  })

  it.each([
    ['an empty input', Buffer.alloc(0)],
    ['more than it announces', Buffer.from([1, (4 - 1) << 2, 0x61, 0x62, 0x63, 0x64])],
    ['less than it announces', Buffer.from([9, (4 - 1) << 2, 0x61, 0x62, 0x63, 0x64])],
    ['a literal that leaves its block', Buffer.from([4, (4 - 1) << 2, 0x61])],
    ['a copy of nothing', Buffer.from([8, (4 - 1) << 2, 0x61, 0x62, 0x63, 0x64, 1, 0])],
    ['a copy from before the beginning', Buffer.from([8, (4 - 1) << 2, 0x61, 0x62, 0x63, 0x64, 1, 5])],
    ['a length without an end', Buffer.alloc(6, 0xff)],
    ['a frame whose block is cut', snappyCompress(Buffer.from('something')).subarray(0, -1)],
  ])('refuses %s', (_what, bytes) => {
    expect(() => snappyDecompress(bytes, 100)).toThrow(RangeError)
  })
})

describe('lz4', () => {
  it('opens what the format describes', () => {
    // Four literals and a match of eight from four back, then the literals that end a block.
    const block = Buffer.from([0x44, 0x61, 0x62, 0x63, 0x64, 4, 0, 0x50, 0x65, 0x65, 0x65, 0x65, 0x65])
    expect(lz4Decompress(lz4Frame([block]), 100).toString()).toBe('abcdabcdabcdeeeee')
  })

  it('opens frames, their blocks one after the other', () => {
    fc.assert(
      fc.property(payload, payload, (one, other) => {
        const frame = lz4Frame([lz4Block(one), lz4Block(other)])
        expect(lz4Decompress(frame, 1e6).equals(Buffer.concat([one, other]))).toBe(true)
      }),
    )
  })

  it('steps over checksums, the size of the content and the number of a dictionary', () => {
    const bytes = Buffer.from('checked checked checked checked')
    const all = lz4Frame([lz4Block(bytes)], { flags: 0x10 | 0x08 | 0x04 | 0x01, header: Buffer.alloc(12) })
    expect(lz4Decompress(all, 100).equals(bytes)).toBe(true)
  })

  it('takes a stored block as it is', () => {
    expect(lz4Decompress(lz4Frame([Buffer.from('plain')], { stored: true }), 100).toString()).toBe('plain')
  })

  it('grows beyond its first room', () => {
    const large = Buffer.alloc(500_000, 'lz4')
    expect(lz4Decompress(lz4Compress(large), 1e6).equals(large)).toBe(true)
  })

  it.each([
    ['something else', Buffer.alloc(20)],
    ['a frame without its end', lz4Compress(Buffer.from('something')).subarray(0, -4)],
    ['a block that leaves its frame', lz4Frame([Buffer.alloc(5)], { stored: true }).subarray(0, 12)],
    ['a match from before the beginning', lz4Frame([Buffer.from([0x14, 0x61, 9, 0])])],
    ['a literal that leaves its block', lz4Frame([Buffer.from([0xf0, 200, 0x61])])],
  ])('refuses %s', (_what, bytes) => {
    expect(() => lz4Decompress(bytes, 100)).toThrow(RangeError)
  })
})

describe('decompress', () => {
  it('opens no more than there may be', () => {
    const bomb = Buffer.alloc(10_000, 0)
    expect(() => lz4Decompress(lz4Compress(bomb), 9_999)).toThrow(RangeError)
    expect(() => snappyDecompress(snappyCompress(bomb), 9_999)).toThrow(RangeError)
  })

  it('makes nothing of bytes that are not of their codec', () => {
    for (const codec of [1, 2, 3, 4, 5, 7]) expect(decompress(codec, Buffer.from('not compressed'))).toBeUndefined()
  })
})
