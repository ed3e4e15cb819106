import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { compressFrameSync } from 'lz4-napi'
import { describe, expect, it } from 'vitest'
import { type CompressionName, compress, compressionIds, decompress, selectCompression } from './compression.js'
import { WireFault } from './wire-fault.js'

const codecs: readonly CompressionName[] = ['none', 'gzip', 'lz4', 'zstd']

describe('compression', () => {
  it.each(codecs)('%s brings back what it packed', (name) => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 5_000 }),
      // Runs and repeats: what matches and overlapping copies are made of.
      fc
        .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 300 })))
        .map((runs) => Buffer.concat(runs.map(([part, times]) => Buffer.alloc(part.length * times, part)))),
    )
    fc.assert(
      fc.property(bytes, (plain) => {
        const packed = compress(name, Buffer.from(plain))
        expect(decompress(compressionIds[name], packed, plain.length + 1).equals(plain)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('reads LZ4 frames of several blocks, with and without checksums', () => {
    const plain = Buffer.from(Array.from({ length: 900_000 }, (_, index) => (index * index) >>> 7))
    for (const options of [{}, { contentChecksum: true, blockChecksums: true }]) {
      expect(decompress(3, compressFrameSync(plain, options), plain.length).equals(plain)).toBe(true)
    }
  })

  it.each([
    ['gzip', 1, gzipSync(Buffer.alloc(1_000_000))],
    ['zstd', 4, zstdCompressSync(Buffer.alloc(1_000_000))],
    ['lz4', 3, compressFrameSync(Buffer.alloc(1_000_000))],
  ])('a %s bomb is refused at the limit', (_name, id, bomb) => {
    expect(() => decompress(id, bomb, 999_999)).toThrow(expect.objectContaining({ kind: 'too-large' }))
    expect(decompress(id, bomb, 1_000_000)).toHaveLength(1_000_000)
  })

  it.each([
    [2, 'unsupported-codec'],
    [5, 'unsupported-codec'],
    [7, 'unsupported-codec'],
    [1, 'corrupt'],
    [3, 'corrupt'],
    [4, 'corrupt'],
  ])('codec %i on bytes that are not of it is a fault: %s', (id, kind) => {
    expect(() => decompress(id, Buffer.from('not compressed at all'), 1_000)).toThrow(expect.objectContaining({ kind }))
  })

  it.each([
    ['before the start', [0x10, 0x61, 0x02, 0x00, 0x10, 0x62]],
    ['of distance 0', [0x10, 0x61, 0x00, 0x00, 0x10, 0x62]],
    ['without a distance', [0x10, 0x61, 0x01]],
    ['whose length never ends', [0x1f, 0x61, 0x01, 0x00, 0xff]],
  ])('an LZ4 match %s is a fault, never memory of somebody else', (_what, block) => {
    const head = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, block.length, 0, 0, 0])
    const frame = Buffer.concat([head, Buffer.from(block), Buffer.alloc(4)])
    expect(() => decompress(3, frame, 1_000)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })

  it('throws nothing but a WireFault for LZ4 frames that were cut or changed', () => {
    const plain = Buffer.from('abcabcabcabcabc the quick brown fox abcabcabcabc the quick brown fox '.repeat(20))
    const frame = compressFrameSync(plain)
    const damage = fc.record({ cut: fc.nat(frame.length), at: fc.nat(frame.length - 1), to: fc.nat(255) })
    fc.assert(
      fc.property(damage, ({ cut, at, to }) => {
        const broken = Buffer.from(frame.subarray(0, cut))
        if (at < cut) broken[at] = to
        try {
          expect(decompress(3, broken, 10_000).length).toBeLessThanOrEqual(10_000)
        } catch (error) {
          expect(error).toBeInstanceOf(WireFault)
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('keeps the codec asked for where it can be written', () => {
    for (const name of codecs) expect(selectCompression(name)).toBe(name)
  })
})
