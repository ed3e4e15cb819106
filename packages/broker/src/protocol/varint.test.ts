import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import { MalformedRequest } from './malformed-request.js'
import {
  readUnsignedVarint,
  readVarint,
  readVarlong,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from './varint.js'

const written = (write: (writer: ByteWriter) => void): Buffer => {
  const writer = new ByteWriter(1)
  write(writer)
  return writer.finish()
}
const reader = (hex: string): ByteReader => new ByteReader(Buffer.from(hex, 'hex'))

describe('varints', () => {
  it.each([
    [0, '00'],
    [1, '01'],
    [127, '7f'],
    [128, '8001'],
    [300, 'ac02'],
    [16_384, '808001'],
    [0xffff_ffff, 'ffffffff0f'],
  ])('%d unsigned is %s', (value, hex) => {
    expect(written((writer) => writeUnsignedVarint(writer, value)).toString('hex')).toBe(hex)
    expect(readUnsignedVarint(reader(hex))).toBe(value)
  })

  it.each([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [-64, '7f'],
    [64, '8001'],
    [0x7fff_ffff, 'feffffff0f'],
    [-0x8000_0000, 'ffffffff0f'],
  ])('%d is %s in zigzag', (value, hex) => {
    expect(written((writer) => writeVarint(writer, value)).toString('hex')).toBe(hex)
    expect(readVarint(reader(hex))).toBe(value)
  })

  it.each([
    [0n, '00'],
    [-1n, '01'],
    [150n, 'ac02'],
    [2n ** 63n - 1n, 'feffffffffffffffff01'],
    [-(2n ** 63n), 'ffffffffffffffffff01'],
  ])('%d is %s in zigzag of 64 bits', (value, hex) => {
    expect(written((writer) => writeVarlong(writer, value)).toString('hex')).toBe(hex)
    expect(readVarlong(reader(hex))).toBe(value)
  })

  it('reads back whatever was written', () => {
    fc.assert(
      fc.property(fc.integer(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (small, large) => {
        const bytes = written((writer) => {
          writeVarint(writer, small)
          writeVarlong(writer, large)
        })
        const source = new ByteReader(bytes)
        expect([readVarint(source), readVarlong(source), source.remaining]).toEqual([small, large, 0])
      }),
    )
  })

  it.each([
    ['a varint that never ends', () => readUnsignedVarint(reader('ffffffffff01'))],
    ['a varlong that never ends', () => readVarlong(reader('ffffffffffffffffffff01'))],
    ['a varint that is cut', () => readVarint(reader('ff'))],
  ])('refuses %s', (_what, read) => {
    expect(read).toThrow(MalformedRequest)
  })
})
