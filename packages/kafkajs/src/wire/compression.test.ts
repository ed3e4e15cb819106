import { gzipSync, zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { compressFrameSync, decompressFrameSync } from 'lz4-napi'
import { describe, expect, it } from 'vitest'
import { type CompressionName, compress, compressionIds, decompress } from './compression.js'
import { WireFault } from './wire-fault.js'

const codecs: readonly CompressionName[] = ['none', 'gzip', 'snappy', 'lz4', 'zstd']

/** Runs and repeats: what matches and overlapping copies are made of. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 40 }), fc.integer({ min: 1, max: 300 })))
  .map((runs) => Buffer.concat(runs.map(([part, times]) => Buffer.alloc(part.length * times, part))))
const anyBytes = fc.oneof(fc.uint8Array({ maxLength: 5_000 }), repetitive).map((bytes) => Buffer.from(bytes))

/** Over several blocks of every codec: text, a long run, noise. */
const large = Buffer.concat([
  Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * index) >>> 7)),
  Buffer.alloc(200_000, 0x61),
  Buffer.from(Array.from({ length: 100_000 }, (_, index) => Math.imul(index, 0x9e3779b1) >>> 19)),
])

describe('compression', () => {
  it.each(codecs)('%s brings back what it packed', (name) => {
    fc.assert(
      fc.property(anyBytes, (plain) => {
        const packed = compress(name, plain)
        expect(decompress(compressionIds[name], packed, Math.max(1, plain.length)).equals(plain)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it.each(codecs)('%s brings back every length around the sizes of its blocks', (name) => {
    for (const edge of [0, 12, 16, 60, 256, 32_768, 65_536, 131_072, large.length]) {
      for (let length = Math.max(0, edge - 6); length <= Math.min(large.length, edge + 6); length += 1) {
        const plain = large.subarray(large.length - length)
        expect(decompress(compressionIds[name], compress(name, plain), Math.max(1, length)).equals(plain)).toBe(true)
      }
    }
  })

  it.each(codecs.filter((name) => name !== 'none'))('%s makes text smaller', (name) => {
    const text = Buffer.from(Array.from({ length: 500 }, (_, index) => `{"order":${index},"state":"open"}`).join('\n'))
    expect(compress(name, text).length).toBeLessThan(text.length / 2)
  })

  it('writes LZ4 that the reference implementation reads', () => {
    for (const plain of [large, Buffer.alloc(0), Buffer.from('a'), Buffer.alloc(70_000)]) {
      expect(decompressFrameSync(compress('lz4', plain)).equals(plain)).toBe(true)
    }
    fc.assert(
      fc.property(anyBytes, (plain) => {
        expect(decompressFrameSync(compress('lz4', plain)).equals(plain)).toBe(true)
      }),
      { numRuns: 200 },
    )
  })

  it('ends an LZ4 block with five literals, as the format asks: other decoders copy eight bytes at a time', () => {
    const run = Buffer.alloc(100, 0x61)
    const block = compress('lz4', run).subarray(11, -4)
    expect(block.subarray(-6)).toEqual(Buffer.from([0x50, ...run.subarray(-5)]))
  })

  it('reads LZ4 frames of several blocks, with and without checksums', () => {
    for (const options of [{}, { contentChecksum: true, blockChecksums: true }]) {
      expect(decompress(3, compressFrameSync(large, options), large.length).equals(large)).toBe(true)
    }
  })

  it.each([
    ['gzip', 1, gzipSync(Buffer.alloc(1_000_000))],
    ['snappy', 2, compress('snappy', Buffer.alloc(1_000_000))],
    ['lz4', 3, compressFrameSync(Buffer.alloc(1_000_000))],
    ['zstd', 4, zstdCompressSync(Buffer.alloc(1_000_000))],
  ])('a %s bomb is refused at the limit', (_name, id, bomb) => {
    expect(() => decompress(id, bomb, 999_999)).toThrow(expect.objectContaining({ kind: 'too-large' }))
    expect(decompress(id, bomb, 1_000_000)).toHaveLength(1_000_000)
  })

  it.each([
    [5, 'unsupported-codec'],
    [7, 'unsupported-codec'],
    [1, 'corrupt'],
    [2, 'corrupt'],
    [3, 'corrupt'],
    [4, 'corrupt'],
  ])('codec %i on bytes that are not of it is a fault: %s', (id, kind) => {
    expect(() => decompress(id, Buffer.from('not compressed at all'), 1_000)).toThrow(expect.objectContaining({ kind }))
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)(
    'throws nothing but a WireFault for %s that was cut or changed, and stays within the limit',
    (name) => {
      const text = 'abcabcabcabcabc the quick brown fox abcabcabcabc the quick brown fox '
      const packed = compress(name, Buffer.from(`${text.repeat(20)}${'x'.repeat(400)}`))
      const change = fc.tuple(fc.nat(packed.length - 1), fc.nat(255))
      fc.assert(
        fc.property(fc.nat(packed.length), fc.array(change, { maxLength: 3 }), (cut, changes) => {
          const broken = Buffer.from(packed.subarray(0, cut))
          for (const [at, to] of changes) if (at < cut) broken[at] = to
          try {
            expect(decompress(compressionIds[name], broken, 10_000).length).toBeLessThanOrEqual(10_000)
          } catch (error) {
            expect(error).toBeInstanceOf(WireFault)
          }
        }),
        { numRuns: 2_000 },
      )
    },
  )
})
