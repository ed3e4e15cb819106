import { describe, expect, it } from 'vitest'
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
})
