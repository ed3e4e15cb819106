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

describe('what is borrowed', () => {
  const long = Buffer.alloc(20_000, 'b')
  const written = (value: Uint8Array): ByteWriter => {
    const writer = new ByteWriter(2)
    writer.int32(0)
    writer.borrow(value)
    writer.text('tail', 4)
    writer.patchInt32(0, writer.length)
    return writer
  }

  it('stands between the others as a view where it is long', () => {
    const [head, body, tail, ...none] = written(long).finishPieces()
    expect([head.readInt32BE(0), tail?.toString(), none.length]).toEqual([20_008, 'tail', 0])
    expect(body?.buffer).toBe(long.buffer)
    expect(body?.byteOffset).toBe(long.byteOffset)
  })

  it('is copied where it is short', () => {
    const [all, ...none] = written(Buffer.from('short')).finishPieces()
    expect(none).toEqual([])
    expect(all.subarray(4).toString()).toBe('shorttail')
  })

  it('is the same bytes in one piece', () => {
    const writer = written(long)
    writer.borrow(long)
    const joined = Buffer.concat([Buffer.from('00004e28', 'hex'), long, Buffer.from('tail'), long])
    expect(writer.length).toBe(joined.length)
    expect(writer.finish().equals(joined)).toBe(true)
  })
})
