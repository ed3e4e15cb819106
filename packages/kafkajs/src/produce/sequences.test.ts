import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claimSequence, giveSequenceBack, type PartitionSequence } from './sequences.js'

const fresh = (): PartitionSequence => ({ identity: undefined, next: 0 })
const LAST = 2 ** 31 - 1

describe('sequences', () => {
  it('begins at 0 under an identity that is new to the partition', () => {
    const [one, two] = [
      { id: 1n, epoch: 0 },
      { id: 2n, epoch: 0 },
    ]
    const state = fresh()
    const claims = [one, one, two, two].map((identity) => claimSequence(state, identity, 10).baseSequence)
    expect(claims).toEqual([0, 10, 0, 10])
  })

  it.each([
    ['follows 2147483647 by 0', LAST, 1, 0],
    ['wraps inside a batch', LAST - 1, 5, 3],
    ['ends exactly at the last number', LAST - 1, 1, LAST],
  ])('%s', (_behaviour, next, records, expected) => {
    const identity = { id: 1n, epoch: 0 }
    const state: PartitionSequence = { identity, next }
    expect(claimSequence(state, identity, records).baseSequence).toBe(next)
    expect(state.next).toBe(expected)
  })

  it('takes a number back only under the identity that gave it', () => {
    const [one, two] = [
      { id: 1n, epoch: 0 },
      { id: 2n, epoch: 0 },
    ]
    const state = fresh()
    const old = claimSequence(state, one, 3)
    claimSequence(state, two, 5)
    giveSequenceBack(state, old)
    expect(state.next).toBe(5)
  })

  it('leaves no gap and uses no number twice, whatever is taken back', () => {
    const batches = fc.array(fc.record({ records: fc.integer({ min: 1, max: 9 }), isStored: fc.boolean() }))
    fc.assert(
      fc.property(batches, fc.integer({ min: 0, max: LAST }), (all, start) => {
        const identity = { id: 7n, epoch: 0 }
        const state: PartitionSequence = { identity, next: start }
        let expected = start
        for (const { records, isStored } of all) {
          const number = claimSequence(state, identity, records)
          expect(number.baseSequence).toBe(expected)
          if (isStored) expected = (expected + records) % 2 ** 31
          else giveSequenceBack(state, number)
        }
      }),
    )
  })
})
