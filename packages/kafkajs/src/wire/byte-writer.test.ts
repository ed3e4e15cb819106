import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteReader } from './byte-reader.js'
import { ByteWriter, sizeOfNullable, sizeOfString, sizeOfVarint } from './byte-writer.js'
import { WireFault } from './wire-fault.js'

describe('ByteWriter and ByteReader', () => {
  it.each([
    [0, '00'],
    [-1, '01'],
    [1, '02'],
    [63, '7e'],
    [-64, '7f'],
    [64, '8001'],
    [2_147_483_647, 'feffffff0f'],
    [-2_147_483_648, 'ffffffff0f'],
  ])('write %d as the zigzag varint %s', (value, hex) => {
    const writer = new ByteWriter(sizeOfVarint(value))
    writer.writeVarint(value)
    expect(writer.bytes.toString('hex')).toBe(hex)
    expect(new ByteReader(writer.bytes).readVarint()).toBe(value)
    expect(new ByteReader(writer.bytes).readVarlong()).toBe(value)
  })

  it.each([
    ['ffffffffffffffffff01', -(2 ** 63)],
    ['feffffffffffffffff01', 2 ** 63],
    ['feffffffffffffffff7f', 2 ** 63],
    ['ffffffffffffffff1f', -(2 ** 60)],
  ])('read %s as 64 bits, and what is above them as nothing', (hex, value) => {
    expect(new ByteReader(Buffer.from(hex, 'hex')).readVarlong()).toBe(value)
  })

  it('read back every integer they write, in exactly the size announced', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), (value) => {
        const writer = new ByteWriter(sizeOfVarint(value))
        writer.writeVarint(value)
        expect(writer.position).toBe(writer.bytes.length)
        expect(new ByteReader(writer.bytes).readVarlong()).toBe(value)
      }),
    )
  })

  it('read back bytes, null and strings in exactly the size announced', () => {
    fc.assert(
      fc.property(fc.option(fc.uint8Array()), fc.string({ unit: 'binary' }), (bytes, text) => {
        const writer = new ByteWriter(sizeOfNullable(bytes) + sizeOfString(text))
        writer.writeNullable(bytes)
        writer.writeString(text)
        expect(writer.position).toBe(writer.bytes.length)
        const reader = new ByteReader(writer.bytes)
        expect(reader.takeNullable()).toEqual(bytes === null ? null : Buffer.from(bytes))
        expect(Buffer.from(reader.readString())).toEqual(Buffer.from(text))
      }),
    )
  })

  it.each([
    ['a fixed-width read', (reader: ByteReader) => reader.readInt32()],
    ['a varint', (reader: ByteReader) => reader.readVarint()],
    ['a varlong', (reader: ByteReader) => reader.readVarlong()],
    ['a slice', (reader: ByteReader) => reader.take(4)],
    ['a negative slice', (reader: ByteReader) => reader.take(-1)],
    ['nullable bytes', (reader: ByteReader) => reader.takeNullable()],
  ])('never read behind the end: %s', (_what, read) => {
    // The view ends early: the bytes behind it exist, and must stay out of reach.
    const view = Buffer.alloc(16, 0xff).subarray(0, 3)
    expect(() => read(new ByteReader(view))).toThrow(WireFault)
  })

  it('refuse varints that never end', () => {
    const endless = Buffer.alloc(16, 0xff)
    expect(() => new ByteReader(endless).readVarint()).toThrow('longer than 5 bytes')
    expect(() => new ByteReader(endless).readVarlong()).toThrow('longer than 10 bytes')
  })

  it('refuse counts that the bytes left can not hold', () => {
    const bytes = Buffer.alloc(20)
    bytes.writeInt32BE(3, 0)
    expect(() => new ByteReader(bytes).readCount(6)).toThrow(WireFault)
    expect(new ByteReader(bytes).readCount(5)).toBe(3)
    bytes.writeInt32BE(-1, 0)
    expect(new ByteReader(bytes).readCount(6)).toBe(0)
    bytes.writeInt32BE(-2, 0)
    expect(() => new ByteReader(bytes).readCount(6)).toThrow(WireFault)
  })
})
