import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assignPartitions, type Assignment, type SubscribedMember } from './assign-partitions.js'

const assign = (members: readonly SubscribedMember[], counts: Readonly<Record<string, number>>) =>
  assignPartitions(members, new Map(Object.entries(counts)))

/** As plain objects, for tables. */
const shown = (assigned: ReadonlyMap<string, Assignment>) =>
  Object.fromEntries([...assigned].map(([memberId, assignment]) => [memberId, Object.fromEntries(assignment)]))

const named = (memberIds: readonly string[], topics: readonly string[]): SubscribedMember[] =>
  memberIds.map((memberId) => ({ memberId, topics }))

/** The same members with what they were given as their claims. */
const claiming = (
  members: readonly SubscribedMember[],
  assigned: ReadonlyMap<string, Assignment>,
  generation = 1,
): SubscribedMember[] =>
  members.map((member) => {
    const partitions = assigned.get(member.memberId)
    return partitions === undefined ? member : { ...member, claim: { generation, partitions } }
  })

const keysOf = (assignment: Assignment | undefined): string[] =>
  [...(assignment ?? [])].flatMap(([topic, partitions]) => partitions.map((partition) => `${topic}/${partition}`))

const sizesOf = (assigned: ReadonlyMap<string, Assignment>): number[] =>
  [...assigned.values()].map((assignment) => keysOf(assignment).length).toSorted((a, b) => a - b)

const movedBetween = (before: ReadonlyMap<string, Assignment>, after: ReadonlyMap<string, Assignment>): number =>
  [...before].reduce((sum, [memberId, assignment]) => {
    const kept = new Set(keysOf(after.get(memberId)))
    return sum + (after.has(memberId) ? keysOf(assignment).filter((key) => !kept.has(key)).length : 0)
  }, 0)

describe('the assignment', () => {
  it('spreads the partitions of all topics evenly', () => {
    expect(shown(assign(named(['b', 'a'], ['orders', 'refunds']), { orders: 3, refunds: 1 }))).toEqual({
      a: { orders: [0, 2] },
      b: { orders: [1], refunds: [0] },
    })
  })

  it('gives a topic only to members that want it, in a rolling deploy that adds one', () => {
    const [old] = named(['old'], ['orders'])
    const [renewed] = named(['renewed'], ['orders', 'refunds'])
    if (old === undefined || renewed === undefined) throw new Error('no members')
    const before = assign([old], { orders: 4 })
    const members = claiming([old, renewed], before)
    expect(shown(assign(members, { orders: 4, refunds: 2 }))).toEqual({
      old: { orders: [1, 2, 3] },
      renewed: { orders: [0], refunds: [0, 1] },
    })
  })

  it('leaves a member idle when there is nothing for it', () => {
    expect(shown(assign(named(['a', 'b'], ['orders']), { orders: 1 }))).toEqual({ a: { orders: [0] }, b: {} })
  })

  it('moves partitions through a third member where that makes the shares more even', () => {
    const members: SubscribedMember[] = [
      { memberId: 'a', topics: ['x'], claim: { generation: 1, partitions: new Map([['x', [0, 1, 2]]]) } },
      { memberId: 'b', topics: ['x', 'y'], claim: { generation: 1, partitions: new Map([['y', [0, 1]]]) } },
      { memberId: 'c', topics: ['y'] },
    ]
    expect(sizesOf(assign(members, { x: 3, y: 2 }))).toEqual([1, 2, 2])
  })

  it('moves what is new to a member before what it has kept', () => {
    const kept = (topic: string, partitions: readonly number[]) => ({
      claim: { generation: 1, partitions: new Map([[topic, partitions]]) },
    })
    const members: SubscribedMember[] = [
      { memberId: 'a', topics: ['x'] },
      { memberId: 'b', topics: ['x', 'y'], ...kept('x', [0]) },
      { memberId: 'c', topics: ['y', 'z'], ...kept('z', [0, 1, 2, 3, 4]) },
      { memberId: 'd', topics: ['y', 'z'], ...kept('z', [5, 6, 7, 8, 9]) },
    ]
    const assigned = assign(members, { x: 5, y: 4, z: 10 })
    expect(sizesOf(assigned)).toEqual([4, 5, 5, 5])
    expect(assigned.get('b')?.get('x')).toContain(0)
  })

  it.each([
    ['the newest generation', 1, 2, { a: {}, b: { x: [0] } }],
    ['the newest generation, whoever it is', 2, 1, { a: { x: [0] }, b: {} }],
    ['the first member by name, where both are of one generation', 1, 1, { a: { x: [0] }, b: {} }],
  ])('decides between two claims of one partition for %s', (_, generationOfA, generationOfB, expected) => {
    const partitions = new Map([['x', [0]]])
    const members = [
      { memberId: 'b', topics: ['x'], claim: { generation: generationOfB, partitions } },
      { memberId: 'a', topics: ['x'], claim: { generation: generationOfA, partitions } },
    ]
    expect(shown(assign(members, { x: 1 }))).toEqual(expected)
  })

  it('pays no heed to a claim of what does not exist, or of a topic that its member no longer wants', () => {
    const partitions = new Map([
      ['x', [0, 0, 5, 7]],
      ['gone', [0]],
      ['y', [0]],
    ])
    const members = [
      { memberId: 'a', topics: ['x'], claim: { generation: 9, partitions } },
      { memberId: 'b', topics: ['y'] },
    ]
    expect(shown(assign(members, { x: 2, y: 1 }))).toEqual({ a: { x: [0, 1] }, b: { y: [0] } })
  })

  it('takes names of members and topics for names only', () => {
    const members = named(['__proto__', 'constructor'], ['__proto__', 'toString'])
    const assigned = assignPartitions(members, new Map([['__proto__', 2]]))
    expect([...assigned].map(([memberId, found]) => [memberId, keysOf(found)])).toEqual([
      ['__proto__', ['__proto__/0']],
      ['constructor', ['__proto__/1']],
    ])
  })

  it('hands ten thousand partitions to a hundred members in a moment', () => {
    const topics = Array.from({ length: 100 }, (_, index) => `topic-${index}`)
    const counts = Object.fromEntries(topics.map((topic) => [topic, 100]))
    const members = named(
      Array.from({ length: 100 }, (_, index) => `member-${index}`),
      topics,
    )
    const before = assign(members.slice(0, 50), counts)
    const startedMs = performance.now()
    const after = assign(claiming(members, before), counts)
    expect(sizesOf(after)).toEqual(Array.from({ length: 100 }, () => 100))
    expect(performance.now() - startedMs).toBeLessThan(5000)
  })
})

describe('whatever members, topics and claims there are', () => {
  const topics = ['a', 'b', 'c']
  const countSets = fc.record({ a: fc.nat(7), b: fc.nat(7), c: fc.nat(7) })
  const claims = fc.option(
    fc.record({
      generation: fc.nat(3),
      partitions: fc
        .dictionary(fc.constantFrom(...topics, 'gone'), fc.array(fc.nat(9), { maxLength: 8 }))
        .map((found) => new Map(Object.entries(found))),
    }),
    { nil: undefined },
  )
  const memberSets = fc.uniqueArray(
    fc
      .record({ memberId: fc.string({ minLength: 1, maxLength: 3 }), topics: fc.subarray(topics), claim: claims })
      .map(({ claim, ...member }): SubscribedMember => (claim === undefined ? member : { ...member, claim })),
    { selector: ({ memberId }) => memberId, maxLength: 6 },
  )

  it('each wanted partition has exactly one owner that wants it, whoever computes it', () => {
    fc.assert(
      fc.property(memberSets, countSets, (members, counts) => {
        const assigned = assign(members, counts)
        for (const [topic, count] of Object.entries(counts)) {
          const isWanted = members.some((member) => member.topics.includes(topic))
          const given = members.flatMap(({ memberId }) => assigned.get(memberId)?.get(topic) ?? [])
          const expected = isWanted ? Array.from({ length: count }, (_, partition) => partition) : []
          expect(given.toSorted((x, y) => x - y)).toEqual(expected)
        }
        for (const member of members) {
          expect(member.topics).toEqual(expect.arrayContaining([...(assigned.get(member.memberId)?.keys() ?? [])]))
        }
        expect(assign(members.toReversed(), counts)).toEqual(assigned)
      }),
    )
  })

  it('no other assignment is more even', () => {
    const few = fc.record({ a: fc.nat(2), b: fc.nat(2), c: fc.nat(2) })
    const atMostFour = memberSets.map((members) => members.slice(0, 4))
    fc.assert(
      fc.property(atMostFour, few, (members, counts) => {
        expect(sizesOf(assign(members, counts))).toEqual(evenestSizes(members, counts))
      }),
    )
  })

  it('nobody gives anything up when nothing has changed', () => {
    fc.assert(
      fc.property(memberSets, countSets, (members, counts) => {
        const before = assign(members, counts)
        expect(assign(claiming(members, before), counts)).toEqual(before)
      }),
    )
  })
})

describe('members that want the same topics', () => {
  const countSets = fc.record({ a: fc.nat(9), b: fc.nat(9) })
  const memberIds = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 7 })
  const settled = fc.tuple(memberIds, countSets).map(([ids, counts]) => ({ members: named(ids, ['a', 'b']), counts }))

  it('have the same number of partitions, give or take one', () => {
    fc.assert(
      fc.property(settled, ({ members, counts }) => {
        const sizes = sizesOf(assign(members, counts))
        expect((sizes.at(-1) ?? 0) - (sizes[0] ?? 0)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('keep all they have when one of them leaves', () => {
    fc.assert(
      fc.property(settled, ({ members, counts }) => {
        const before = assign(members, counts)
        const after = assign(claiming(members.slice(1), before), counts)
        expect(movedBetween(before, after)).toBe(0)
        expect(sizesOf(after)).toEqual(sizesOf(assign(members.slice(1), counts)))
      }),
    )
  })

  it('give a new one its share and not one partition more', () => {
    fc.assert(
      fc.property(settled, ({ members, counts }) => {
        const before = assign(members.slice(1), counts)
        const after = assign(claiming(members, before), counts)
        const partitions = counts.a + counts.b
        const moved = movedBetween(before, after)
        expect(moved).toBe(keysOf(after.get(members[0]?.memberId ?? '')).length)
        expect(moved).toBeLessThanOrEqual(Math.ceil(partitions / members.length))
        expect(sizesOf(after)).toEqual(sizesOf(assign(members, counts)))
      }),
    )
  })

  it('move as few partitions as evenness allows, whatever each of them had', () => {
    const owners = fc.array(fc.nat(4), { maxLength: 20 })
    fc.assert(
      fc.property(owners, (ownerOf) => {
        const members = named(['0', '1', '2', '3', '4'], ['a']).map(({ memberId, topics }) => {
          const owned = ownerOf.flatMap((owner, partition) => (String(owner) === memberId ? [partition] : []))
          return { memberId, topics, claim: { generation: 1, partitions: new Map([['a', owned]]) } }
        })
        const had = members.map(({ claim }) => claim.partitions.get('a')?.length ?? 0).toSorted((x, y) => y - x)
        const before = new Map(members.map(({ memberId, claim }) => [memberId, claim.partitions]))
        const after = assign(members, { a: ownerOf.length })
        // The largest shares are allowed the larger size: nothing can move less.
        const targets = sizesOf(after).toReversed()
        const fewest = had.reduce((sum, size, index) => sum + Math.max(0, size - (targets[index] ?? 0)), 0)
        expect(movedBetween(before, after)).toBe(fewest)
      }),
    )
  })
})

/** Tries every assignment. */
function evenestSizes(members: readonly SubscribedMember[], counts: Readonly<Record<string, number>>): number[] {
  const choices = Object.entries(counts).flatMap(([topic, count]) => {
    const takers = members.flatMap((member, index) => (member.topics.includes(topic) ? [index] : []))
    return takers.length === 0 ? [] : Array.from({ length: count }, () => takers)
  })
  const sizes = members.map(() => 0)
  let best = sizes
  let least = Number.POSITIVE_INFINITY
  const walk = (depth: number): void => {
    const takers = choices[depth]
    if (takers === undefined) {
      const squares = sizes.reduce((sum, size) => sum + size * size, 0)
      if (squares < least) [best, least] = [[...sizes], squares]
      return
    }
    for (const taker of takers) {
      sizes[taker] = (sizes[taker] ?? 0) + 1
      walk(depth + 1)
      sizes[taker] = (sizes[taker] ?? 0) - 1
    }
  }
  walk(0)
  return best.toSorted((a, b) => a - b)
}
