import { describe, expect, it } from 'vitest'
import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import { MalformedRequest } from './malformed-request.js'

describe('bytes', () => {
  it('reads every kind of number as it was written, in a writer that has to grow', () => {
    const writer = new ByteWriter(1)
    writer.uint8(255)
    writer.int8(-128)
    writer.int16(-2)
    writer.uint16(65_535)
    writer.int32(-3)
    writer.uint32(4_294_967_295)
    writer.int64(-4n)
    writer.float64(0.1)
    writer.text('né', 3)
    writer.bytes(Uint8Array.of(1, 2))
    const reader = new ByteReader(writer.finish())
    const read = [
      reader.uint8(),
      reader.int8(),
      reader.int16(),
      reader.uint16(),
      reader.int32(),
      reader.uint32(),
      reader.int64(),
      reader.float64(),
      reader.text(3),
      reader.bytes(2).toString('hex'),
    ]
    expect(read).toEqual([255, -128, -2, 65_535, -3, 4_294_967_295, -4n, 0.1, 'né', '0102'])
    expect(reader.remaining).toBe(0)
  })

  it('fills in a length later without moving anything', () => {
    const writer = new ByteWriter(2)
    writer.int32(0)
    writer.text('abc', 3)
    writer.patchInt32(0, 3)
    expect(writer.finish().toString('hex')).toBe('00000003616263')
  })

  it.each([
    ['more than there is', 3],
    ['a negative length', -1],
  ])('reads not %s', (_what, length) => {
    const reader = new ByteReader(Buffer.from('0102', 'hex'))
    expect(() => reader.bytes(length)).toThrow(MalformedRequest)
    expect(reader.remaining).toBe(2)
  })

  it('refuses numbers that do not fit', () => {
    expect(() => new ByteWriter().int16(40_000)).toThrow(RangeError)
  })
})
