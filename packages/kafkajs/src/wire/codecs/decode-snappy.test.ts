import { describe, expect, it, vi } from 'vitest'
import { decodeSnappy } from './decode-snappy.js'
import { encodeSnappy } from './encode-snappy.js'
import { XERIAL_MAGIC } from './xerial-magic.js'

const LIMIT = 100_000
const int32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}
const framed = (...chunks: readonly (readonly number[])[]): Buffer =>
  Buffer.concat([XERIAL_MAGIC, int32(1), int32(1), ...chunks.flatMap((c) => [int32(c.length), Buffer.from(c)])])

/** Declared length 10, the literal "ab", then a copy of eight from two back: "ababababab". */
const raw = [0x0a, 0x04, 0x61, 0x62, 0x1e, 0x02, 0x00]

describe('decodeSnappy', () => {
  it('reads one raw block, as librdkafka writes it', () => {
    expect(decodeSnappy(Buffer.from(raw), LIMIT).toString()).toBe('ababababab')
  })

  it('reads chunks in the framing of Java, none included', () => {
    expect(decodeSnappy(framed(raw, raw), LIMIT).toString()).toBe('abababababababababab')
    expect(decodeSnappy(framed(), LIMIT)).toHaveLength(0)
  })

  it.each([
    ['a one-byte distance', [0x06, 0x04, 0x61, 0x62, 0x01, 0x02]],
    ['a four-byte distance', [0x06, 0x04, 0x61, 0x62, 0x0f, 0x02, 0, 0, 0]],
    ['a literal with one length byte', [0x06, 0xf0, 0x05, 0x61, 0x62, 0x61, 0x62, 0x61, 0x62]],
    ['a literal with four length bytes', [0x06, 0xfc, 0x05, 0, 0, 0, 0x61, 0x62, 0x61, 0x62, 0x61, 0x62]],
  ])('reads %s', (_what, bytes) => {
    expect(decodeSnappy(Buffer.from(bytes), LIMIT).toString()).toBe('ababab')
  })

  it.each([
    ['nothing', []],
    ['a length that never ends', [0xff, 0xff, 0xff, 0xff, 0xff, 0xff]],
    ['a literal beyond the input', [0x05, 0x10, 0x61]],
    ['a literal beyond the declared length', [0x01, 0x04, 0x61, 0x62]],
    ['a literal of four length bytes, all ones', [0x05, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x61]],
    ['a literal whose length is cut', [0x05, 0xfc, 0x01]],
    ['a copy before the start', [0x06, 0x04, 0x61, 0x62, 0x01, 0x03]],
    ['a copy of distance 0', [0x06, 0x04, 0x61, 0x62, 0x01, 0x00]],
    ['a copy whose distance has the highest bit', [0x06, 0x04, 0x61, 0x62, 0x0f, 0xff, 0xff, 0xff, 0xff]],
    ['a copy whose distance is cut', [0x06, 0x04, 0x61, 0x62, 0x0e, 0x02]],
    ['a copy beyond the declared length', [0x05, 0x04, 0x61, 0x62, 0x01, 0x02]],
    ['less than the declared length', [0x07, 0x04, 0x61, 0x62, 0x01, 0x02]],
  ])('reports %s', (_what, bytes) => {
    for (const packed of [Buffer.from(bytes), framed(bytes)]) {
      expect(() => decodeSnappy(packed, LIMIT)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
    }
  })

  it('never lets a chunk reach into the one before it', () => {
    const reaching = [0x04, 0x01, 0x02]
    expect(() => decodeSnappy(framed(raw, reaching), LIMIT)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })

  it.each([
    ['a negative chunk length', Buffer.concat([framed(), int32(-4)])],
    ['a chunk length of 0', Buffer.concat([framed(), int32(0)])],
    ['a chunk of nothing', framed(raw, [0x00], raw)],
    ['a chunk that is cut', framed(raw).subarray(0, -1)],
    ['a chunk length that is cut', framed(raw).subarray(0, 18)],
    ['a header that is cut', framed().subarray(0, 10)],
  ])('reports %s', (_what, packed) => {
    expect(() => decodeSnappy(packed, LIMIT)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
  })

  it('refuses a framing that it does not know', () => {
    const later = framed(raw)
    later.writeInt32BE(2, 12)
    expect(() => decodeSnappy(later, LIMIT)).toThrow(expect.objectContaining({ kind: 'unsupported-codec' }))
  })

  it('believes no declared length beyond what so many bytes can hold, nor beyond the limit', () => {
    const lie = Buffer.from([0x80, 0x80, 0x80, 0x20, 0x04, 0x61, 0x62]) // 64 MiB in 3 bytes
    const allocate = vi.spyOn(Buffer, 'allocUnsafeSlow')
    expect(() => decodeSnappy(lie, 2 ** 31)).toThrow(expect.objectContaining({ kind: 'corrupt' }))
    expect(allocate).not.toHaveBeenCalled()
    allocate.mockRestore()
    const parts = Array.from({ length: 4 }, () => raw)
    expect(() => decodeSnappy(framed(...parts), 39)).toThrow(expect.objectContaining({ kind: 'too-large' }))
    expect(decodeSnappy(framed(...parts), 40)).toHaveLength(40)
  })

  it('reads its own best case: a run', () => {
    const run = Buffer.alloc(300_000, 7)
    expect(decodeSnappy(encodeSnappy(run), run.length).equals(run)).toBe(true)
  })
})
