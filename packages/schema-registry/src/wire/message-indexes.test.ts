import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMessageIndexes, writeMessageIndexes } from './message-indexes.js'

describe('the list that says which message a payload holds', () => {
  // "Wire format" in Confluent's documentation: [0] is one byte; [1, 0] is count 2, then 1 and 0, in zigzag.
  it.each([
    [[0], [0]],
    [[1], [2, 2]],
    [
      [1, 0],
      [4, 2, 0],
    ],
    [
      [0, 0],
      [4, 0, 0],
    ],
    [[64], [2, 0x80, 0x01]],
    [
      [300, 2],
      [4, 0xd8, 0x04, 4],
    ],
  ])('%j is written as %j', (path, bytes) => {
    expect([...writeMessageIndexes(path)]).toEqual(bytes)
  })

  it('comes back as it was written, wherever it begins', () => {
    const position = fc.nat({ max: 2 ** 31 - 1 })
    fc.assert(
      fc.property(fc.array(position, { minLength: 1, maxLength: 6 }), fc.uint8Array(), (path, before) => {
        const written = writeMessageIndexes(path)
        const bytes = Buffer.concat([before, written, Buffer.from([9, 9])])
        expect(readMessageIndexes(bytes, before.length)).toEqual({ path, end: before.length + written.length })
      }),
    )
  })

  it('is read where a writer spells [0] out', () => {
    expect(readMessageIndexes(Buffer.from([2, 0, 7]), 0)).toEqual({ path: [0], end: 2 })
  })

  it.each([
    ['nothing at all', []],
    ['a count without positions', [4, 2]],
    ['a negative count', [1]],
    ['a negative position', [2, 1]],
    ['a count that no schema has', [0xd0, 0x0f]],
    ['a number that does not end', [0x80, 0x80, 0x80, 0x80, 0x80, 0x80]],
    ['a number beyond 32 bits', [2, 0xff, 0xff, 0xff, 0xff, 0x7f]],
  ])('is none: %s', (_name, bytes) => {
    expect(readMessageIndexes(Buffer.from(bytes), 0)).toBeUndefined()
  })
})
