import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOf, idOf, writeFrame } from './frame.js'

describe("Confluent's frame", () => {
  it('is a zero and the id as a big-endian int32', () => {
    const bytes = Buffer.alloc(6, 9)
    writeFrame(bytes, 0x01020304)
    expect([...bytes]).toEqual([0, 1, 2, 3, 4, 9])
    fc.assert(
      fc.property(fc.nat({ max: 2 ** 31 - 1 }), (id) => {
        writeFrame(bytes, id)
        expect(idOf(bytes)).toBe(id)
      }),
    )
  })

  it.each([
    [[], 'it has 0 bytes'],
    [[0, 1], 'it has 2 bytes'],
    [[123, 34, 97, 34, 58], 'it begins with byte 123'],
    [[0, 255, 255, 255, 255, 1], 'negative (-1)'],
  ])('%j has no id: %s', (bytes, fault) => {
    expect(idOf(Buffer.from(bytes))).toBeLessThan(0)
    expect(faultOf(Buffer.from(bytes))).toContain(fault)
  })
})
