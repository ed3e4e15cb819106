import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignPartitions, type SubscribedMember } from './assign-partitions.js'

const assign = (members: readonly SubscribedMember[], counts: Record<string, number>) =>
  Object.fromEntries(assignPartitions(members, new Map(Object.entries(counts))))

describe('the assignment', () => {
  it('spreads the partitions of all topics evenly', () => {
    const members = ['b', 'a'].map((memberId) => ({ memberId, topics: ['orders', 'refunds'] }))
    expect(assign(members, { orders: 3, refunds: 1 })).toEqual({
      a: { orders: [0, 2] },
      b: { orders: [1], refunds: [0] },
    })
  })

  it('gives a topic only to members that want it, in a rolling deploy that adds one', () => {
    const members = [
      { memberId: 'new', topics: ['orders', 'refunds'] },
      { memberId: 'old', topics: ['orders'] },
    ]
    expect(assign(members, { orders: 2, refunds: 2 })).toEqual({
      new: { orders: [0], refunds: [0, 1] },
      old: { orders: [1] },
    })
  })

  it('leaves a member idle when there is nothing for it', () => {
    const members = ['a', 'b'].map((memberId) => ({ memberId, topics: ['orders'] }))
    expect(assign(members, { orders: 1 })).toEqual({ a: { orders: [0] }, b: {} })
  })

  it('gives each wanted partition to exactly one member that wants it, whoever computes it', () => {
    const topics = ['a', 'b', 'c']
    const memberSets = fc.uniqueArray(
      fc.record({ memberId: fc.string({ minLength: 1 }), topics: fc.subarray(topics) }),
      { selector: ({ memberId }) => memberId, maxLength: 6 },
    )
    const countSets = fc.record({ a: fc.nat(9), b: fc.nat(9), c: fc.nat(9) })
    fc.assert(
      fc.property(memberSets, countSets, (members, counts) => {
        const assigned = assignPartitions(members, new Map(Object.entries(counts)))
        for (const [topic, count] of Object.entries(counts)) {
          const takers = members.filter((member) => member.topics.includes(topic))
          const given = members.flatMap(({ memberId }) => assigned.get(memberId)?.[topic] ?? [])
          const expected = takers.length === 0 ? [] : Array.from({ length: count }, (_, partition) => partition)
          expect(given.toSorted((x, y) => x - y)).toEqual(expected)
        }
        for (const { memberId, topics: wanted } of members) {
          expect(wanted).toEqual(expect.arrayContaining(Object.keys(assigned.get(memberId) ?? {})))
        }
        expect(assignPartitions(members.toReversed(), new Map(Object.entries(counts)))).toEqual(assigned)
      }),
    )
  })
})
