import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { crc32c } from './crc32c.js'

/** RFC 3720, appendix B.4, and the usual check value. */
const iscsiRead = Buffer.from(
  '01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000',
  'hex',
)

describe('crc32c', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 0],
    ['32 zero bytes', Buffer.alloc(32), 0x8a9136aa],
    ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
    ['32 bytes counting up', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
    ['32 bytes counting down', Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113fdb5c],
    ['an iSCSI read command', iscsiRead, 0xd9963a56],
    ['the check string', Buffer.from('123456789'), 0xe3069283],
  ])('gives the published value for %s', (_what, bytes, expected) => {
    expect(crc32c(bytes)).toBe(expected)
  })

  it('gives the same for a view at any alignment and from any start', () => {
    for (let offset = 0; offset < 20; offset += 1) {
      const padded = Buffer.concat([Buffer.alloc(offset, 7), iscsiRead])
      expect(crc32c(padded, offset)).toBe(0xd9963a56)
      expect(crc32c(padded.subarray(offset))).toBe(0xd9963a56)
    }
  })

  it('gives the same as the definition, bit by bit, around the sizes of its window', () => {
    const long = Buffer.from(Array.from({ length: 100_000 }, (_, index) => Math.imul(index, 0x9e3779b1) >>> 24))
    for (const length of [15, 16, 17, 49_151, 49_152, 49_153, 98_303, 98_304, 98_320, 100_000]) {
      expect(crc32c(long.subarray(0, length))).toBe(byDefinition(long.subarray(0, length)))
    }
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crc32c(bytes) === byDefinition(bytes)))
  })
})

describe('crc32c where Node has no WebAssembly, or no room for it', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  it('gives the same', async () => {
    vi.resetModules()
    vi.stubGlobal('WebAssembly', undefined)
    const { crc32c: without } = await import('./crc32c.js')
    expect(without(iscsiRead)).toBe(0xd9963a56)
  })

  it.each(['Module', 'Instance'])('gives the same where there is no room for its %s', async (part) => {
    vi.resetModules()
    const works = class {}
    const fails = class {
      constructor() {
        throw new RangeError('WebAssembly.Instance(): Out of memory')
      }
    }
    vi.stubGlobal('WebAssembly', { Module: works, Instance: works, [part]: fails })
    const { crc32c: without } = await import('./crc32c.js')
    expect(without(iscsiRead)).toBe(0xd9963a56)
  })
})

/** RFC 3720 in the order in which it is written: one bit at a time. */
function byDefinition(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return (crc ^ -1) >>> 0
}
