import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from './crc32c.js'

/** RFC 3720, appendix B.4, and the usual check value. */
const published: [what: string, bytes: Buffer, crc: number][] = [
  ['nothing', Buffer.alloc(0), 0],
  ['32 zero bytes', Buffer.alloc(32), 0x8a9136aa],
  ['32 bytes of ones', Buffer.alloc(32, 0xff), 0x62a8ab43],
  ['32 bytes counting up', Buffer.from(Array.from({ length: 32 }, (_, index) => index)), 0x46dd794e],
  ['32 bytes counting down', Buffer.from(Array.from({ length: 32 }, (_, index) => 31 - index)), 0x113fdb5c],
  ['the check string', Buffer.from('123456789'), 0xe3069283],
]

describe('crc32c', () => {
  it.each(published)('gives the published value for %s', (_what, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc)
  })

  it('gives, for any part of any bytes, what the definition gives', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(40), fc.nat(40), (bytes, from, less) => {
        const start = Math.min(from, bytes.length)
        const end = Math.max(start, bytes.length - less)
        expect(crc32c(bytes, start, end)).toBe(byDefinition(bytes.subarray(start, end)))
      }),
    )
  })
})

/** One bit at a time. */
function byDefinition(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return ~crc >>> 0
}
