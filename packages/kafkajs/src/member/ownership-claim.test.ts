import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeClaim, encodeClaim, type OwnershipClaim } from './ownership-claim.js'

const claim: OwnershipClaim = {
  generation: 7,
  partitions: new Map([
    ['orders', [0, 1, 900]],
    ['refunds', []],
  ]),
}

describe('a claim of ownership', () => {
  it('comes back as it was sent, partitions in ascending order', () => {
    const numbers = fc.uniqueArray(fc.nat(100_000), { maxLength: 50 })
    const claims = fc.record({
      generation: fc.integer({ min: -1, max: 2 ** 31 - 1 }),
      partitions: fc.array(fc.tuple(fc.string({ maxLength: 20 }), numbers), { maxLength: 5 }),
    })
    fc.assert(
      fc.property(claims, ({ generation, partitions }) => {
        const sent = { generation, partitions: new Map(partitions) }
        const sorted = [...sent.partitions].map(([topic, found]) => [topic, found.toSorted((a, b) => a - b)] as const)
        expect(decodeClaim(encodeClaim(sent))).toEqual({ generation, partitions: new Map(sorted) })
      }),
    )
  })

  it('takes little more than a byte per partition', () => {
    const partitions = new Map([['orders', Array.from({ length: 500 }, (_, partition) => partition * 3)]])
    expect(encodeClaim({ generation: 1, partitions }).length).toBeLessThan(530)
  })

  it('is nothing when a stranger sent it, or a later version', () => {
    const later = encodeClaim(claim)
    later.writeInt8(2, 2)
    expect([Buffer.alloc(0), Buffer.from('sticky'), later].map((bytes) => decodeClaim(bytes))).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it.each(Array.from({ length: encodeClaim(claim).length }, (_, length) => length))(
    'is nothing when it ends after %i bytes',
    (length) => expect(decodeClaim(encodeClaim(claim).subarray(0, length))).toBeUndefined(),
  )

  it('survives any bytes behind its own beginning, within bounds', () => {
    const head = encodeClaim(claim).subarray(0, 7)
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (rest) => {
        const found = decodeClaim(Buffer.concat([head, rest]))
        for (const numbers of found?.partitions.values() ?? []) {
          expect(numbers.length).toBeLessThanOrEqual(rest.length)
          expect(numbers.every((number) => Number.isSafeInteger(number) && number >= 0)).toBe(true)
        }
      }),
    )
  })
})
