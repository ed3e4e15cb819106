import { describe, expect, it } from 'vitest'
import type { Member } from './group-state.js'
import { selectProtocol, supportsProtocols } from './protocol-vote.js'

const metadata = Buffer.alloc(0)
const protocolsOf = (names: string) => names.split(' ').map((name) => ({ name, metadata }))
const membersOf = (...preferences: string[]): ReadonlyMap<string, Member> =>
  new Map(
    preferences.map((names, i) => [
      `m${i}`,
      {
        memberId: `m${i}`,
        groupInstanceId: null,
        clientId: 'app',
        clientHost: '/127.0.0.1',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 60_000,
        protocols: protocolsOf(names),
        assignment: metadata,
        joinRequest: null,
        syncRequest: null,
        isNew: false,
        sessionEndsAt: Infinity,
      },
    ]),
  )

describe('the vote for a protocol', () => {
  it.each([
    // behaviour                                             preferences                                    elected
    ['takes what the only member prefers', ['range roundrobin'], 'range'],
    ['takes what all support, whoever prefers it', ['sticky range', 'range sticky', 'range'], 'range'],
    ['counts first choices among what all support', ['a b', 'b a', 'b a'], 'b'],
    ['ignores a preference that somebody does not support', ['a b', 'a b', 'b'], 'b'],
    ["gives a tie to the first in Java's order of hashes", ['range roundrobin', 'roundrobin range'], 'range'],
    [
      "gives a tie to the first in Java's order of hashes, whoever came first",
      ['roundrobin range', 'range roundrobin'],
      'range',
    ],
    ['elects nothing where nothing is common', ['a', 'b'], null],
  ])('%s', (_behaviour, preferences, elected) => {
    expect(selectProtocol(membersOf(...preferences))).toBe(elected)
  })
})

describe('a member that would join', () => {
  it.each([
    ['may bring anything to an empty group', 'Empty', [], 'connect', 'x', true],
    ['needs a type', 'Empty', [], '', 'x', false],
    ['may not come with a foreign type', 'Stable', ['range'], 'connect', 'range', false],
    ['needs one protocol that all members have', 'Stable', ['range a', 'range b'], 'consumer', 'a b', false],
    ['may have others besides', 'Stable', ['range a', 'range b'], 'consumer', 'c range', true],
  ] as const)('%s', (_behaviour, phase, present, type, offered, expected) => {
    const group = { phase, protocolType: 'consumer', members: membersOf(...present) }
    expect(supportsProtocols(group, type, protocolsOf(offered))).toBe(expected)
  })

  it('needs a protocol', () => {
    expect(supportsProtocols({ phase: 'Empty', protocolType: null, members: new Map() }, 'consumer', [])).toBe(false)
  })
})
