import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import {
  readCompactList,
  readCompactText,
  sizeOfCompactCount,
  sizeOfCompactText,
  skipTags,
  writeCompactCount,
  writeCompactText,
  writeNoTags,
} from './flexible-fields.js'
import { WireFault } from './wire-fault.js'

const bytesOf = (size: number, write: (writer: ByteWriter) => void): string => {
  const writer = new ByteWriter(size)
  write(writer)
  expect(writer.position).toBe(size)
  return writer.bytes.toString('hex')
}
const readerOf = (hex: string): ByteReader => new ByteReader(Buffer.from(hex, 'hex'))

it.each([
  [-1, '00'], // null
  [0, '01'],
  [126, '7f'],
  [127, '8001'],
  [16_382, 'ff7f'],
  [16_383, '808001'],
])('a count of %i is written in as many bytes as it takes', (count, hex) => {
  expect(bytesOf(sizeOfCompactCount(count), (writer) => writeCompactCount(writer, count))).toBe(hex)
})

it.each([
  [null, '00'],
  ['', '01'],
  ['abc', '04616263'],
  ['ü', '03c3bc'],
])('a text is its length in bytes plus one, and those: %j', (text, hex) => {
  expect(bytesOf(sizeOfCompactText(text), (writer) => writeCompactText(writer, text))).toBe(hex)
  expect(readCompactText(readerOf(hex))).toBe(text)
})

it('a text of any length comes back', () => {
  fc.assert(
    fc.property(fc.nat(40_000), fc.constantFrom('a', 'ü', '€', '😀'), (length, letter) => {
      const text = letter.repeat(length)
      const hex = bytesOf(sizeOfCompactText(text), (writer) => writeCompactText(writer, text))
      expect(readCompactText(readerOf(hex))).toBe(text)
    }),
    { numRuns: 50 },
  )
})

it('a null list has no items, and one of two has two', () => {
  expect(readCompactList(readerOf('00'), (reader) => reader.readInt8())).toEqual([])
  expect(readCompactList(readerOf('01'), (reader) => reader.readInt8())).toEqual([])
  expect(readCompactList(readerOf('030709'), (reader) => reader.readInt8())).toEqual([7, 9])
})

it('a list that claims more items than there are bytes is corrupt before one is read', () => {
  const read = (): never => expect.unreachable()
  expect(() => readCompactList(readerOf('ffffffff0f'), read)).toThrow(WireFault)
  expect(() => readCompactList(readerOf('0400'), read)).toThrow(WireFault)
})

it('tagged fields are stepped over, whatever they hold, and none are written', () => {
  expect(bytesOf(1, writeNoTags)).toBe('00')
  const reader = readerOf(['02', '00', '03616263', '8101', '00', '2a'].join(''))
  // Two fields: number 0 with three bytes (their length is not compact), number 129 with none.
  skipTags(reader)
  expect(reader.readInt8()).toBe(42)
})
