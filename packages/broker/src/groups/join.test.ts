import { describe, expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import type { JoinRequest } from './group-requests.js'
import { createGroupBench, groupId, speaking, subscriptionTo } from './test-support/group-bench.js'

const modern = { needsKnownId: true }
const { MEMBER_ID_REQUIRED, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS, FENCED_INSTANCE_ID } = errorCode

describe('the first join', () => {
  it('is given an id and has to come back with it; the group is there, and empty', () => {
    const bench = createGroupBench()
    const first = bench.join(modern)
    expect(first.answer).toMatchObject({ errorCode: MEMBER_ID_REQUIRED, memberId: 'app-1', generation: -1 })
    expect(bench.groups.describe(groupId)).toMatchObject({ state: 'Empty', members: [], protocolType: null })

    const second = bench.join({ ...modern, memberId: 'app-1' })
    bench.clock.advance(0)
    expect(second.answer).toMatchObject({ errorCode: 0, memberId: 'app-1', generation: 1, leaderId: 'app-1' })
    expect(bench.groups.describe(groupId)?.state).toBe('CompletingRebalance')
  })

  it('is let in at once by versions that know no such thing', () => {
    const bench = createGroupBench()
    const [member] = bench.joined({ needsKnownId: false })
    expect(member).toEqual({ memberId: 'app-1', generation: 1 })
  })

  it('is let in at once for a static member, whose id begins with its instance name', () => {
    const bench = createGroupBench()
    const [member] = bench.joined({ ...modern, groupInstanceId: 'one' })
    expect(member?.memberId).toBe('one-1')
  })

  it('tells the leader, and only the leader, who is there and what they say', () => {
    const bench = createGroupBench()
    const leader = bench.join()
    const follower = bench.join({ protocols: [{ name: 'range', metadata: subscriptionTo('payments') }] })
    bench.clock.advance(0)
    expect(leader.answer?.members).toEqual([
      { memberId: 'app-1', groupInstanceId: null, metadata: subscriptionTo('orders') },
      { memberId: 'app-2', groupInstanceId: null, metadata: subscriptionTo('payments') },
    ])
    expect(follower.answer).toMatchObject({ leaderId: 'app-1', protocolName: 'range', members: [] })
  })
})

describe('a join is refused', () => {
  const refusals: [string, Partial<JoinRequest>, number, string][] = [
    ['with an id that nobody has', { memberId: 'stranger' }, UNKNOWN_MEMBER_ID, 'stranger'],
    ['with a session shorter than allowed', { sessionTimeoutMs: 499 }, errorCode.INVALID_SESSION_TIMEOUT, ''],
    ['with a session longer than allowed', { sessionTimeoutMs: 1_800_001 }, errorCode.INVALID_SESSION_TIMEOUT, ''],
    ['for a group without a name', { groupId: '' }, errorCode.INVALID_GROUP_ID, ''],
    ['without protocols', { protocols: [] }, errorCode.INCONSISTENT_GROUP_PROTOCOL, ''],
    ['without a type', { protocolType: '' }, errorCode.INCONSISTENT_GROUP_PROTOCOL, ''],
    ['with a foreign type', { protocolType: 'connect' }, errorCode.INCONSISTENT_GROUP_PROTOCOL, ''],
    ['without a protocol in common', { protocols: speaking('sticky') }, errorCode.INCONSISTENT_GROUP_PROTOCOL, ''],
    ['under an instance name that nobody has', { memberId: 'app-1', groupInstanceId: 'x' }, UNKNOWN_MEMBER_ID, 'app-1'],
  ]
  it.each(refusals)('%s', (_behaviour, spec, code, memberId) => {
    const bench = createGroupBench()
    bench.stable({})
    expect(bench.join(spec).answer).toMatchObject({ errorCode: code, memberId })
    expect(bench.groups.describe(groupId)?.state).toBe('Stable')
  })

  it.each([
    ['with any id, and makes no group', { memberId: 'app-1' }, UNKNOWN_MEMBER_ID, 0],
    ['for its session, and makes no group', { sessionTimeoutMs: 1 }, errorCode.INVALID_SESSION_TIMEOUT, 0],
    ['for its protocols, and makes an empty group', { protocols: [] }, errorCode.INCONSISTENT_GROUP_PROTOCOL, 1],
  ])('by a group that never existed %s', (_behaviour, spec, code, groups) => {
    const bench = createGroupBench()
    expect(bench.join(spec).answer?.errorCode).toBe(code)
    expect(bench.groups.list()).toHaveLength(groups)
  })

  it('when the group is full, and goes through again for who is in it', () => {
    const bench = createGroupBench({ maxGroupSize: 1 })
    const [member] = bench.stable({})
    expect(bench.join().answer).toMatchObject({ errorCode: errorCode.GROUP_MAX_SIZE_REACHED, memberId: '' })
    const again = bench.join({ memberId: member?.memberId ?? '' })
    expect(again.answer).toMatchObject({ errorCode: 0, generation: 2 })
  })

  it('when as many wait at the barrier as may be in the group', () => {
    const bench = createGroupBench({ maxGroupSize: 2 })
    bench.join()
    bench.join()
    expect(bench.join().answer?.errorCode).toBe(errorCode.GROUP_MAX_SIZE_REACHED)
  })

  it('with an internal error when an id that was given out comes with an instance name', () => {
    const bench = createGroupBench()
    bench.join(modern)
    const answer = bench.join({ ...modern, memberId: 'app-1', groupInstanceId: 'one' }).answer
    expect(answer?.errorCode).toBe(errorCode.UNKNOWN_SERVER_ERROR)
  })
})

describe('the initial delay', () => {
  it('is waited for in full by a lone member', () => {
    const bench = createGroupBench({ initialRebalanceDelayMs: 3_000 })
    const only = bench.join()
    bench.clock.advance(2_999)
    expect(only.answer).toBeUndefined()
    bench.clock.advance(1)
    expect(only.answer?.errorCode).toBe(0)
  })

  it('is extended by whoever comes in the meantime', () => {
    const bench = createGroupBench({ initialRebalanceDelayMs: 1_000 })
    const first = bench.join()
    bench.clock.advance(700)
    const second = bench.join()
    bench.clock.advance(1_299)
    expect([first.answer, second.answer]).toEqual([undefined, undefined])
    bench.clock.advance(1)
    expect([first.answer?.generation, second.answer?.generation]).toEqual([1, 1])
  })

  it('ends with the rebalance timeout, however many keep coming', () => {
    const bench = createGroupBench({ initialRebalanceDelayMs: 1_000 })
    const first = bench.join({ rebalanceTimeoutMs: 2_500 })
    for (let i = 0; i < 6; i += 1) {
      bench.clock.advance(400)
      bench.join({ rebalanceTimeoutMs: 2_500 })
    }
    expect(first.answer).toBeUndefined()
    bench.clock.advance(100)
    expect(first.answer?.generation).toBe(1)
  })

  it('leaves an empty group of the next generation when everybody has gone again', () => {
    const bench = createGroupBench({ initialRebalanceDelayMs: 1_000 })
    const only = bench.join()
    expect(
      bench.groups.leave({ groupId, members: [{ memberId: 'app-1', groupInstanceId: null }] }).memberErrorCodes,
    ).toEqual([0])
    expect(only.answer?.errorCode).toBe(UNKNOWN_MEMBER_ID)
    bench.clock.advance(1_000)
    expect(bench.groups.describe(groupId)).toMatchObject({ state: 'Empty', generation: 1 })
  })
})

describe('the barrier', () => {
  it('opens when everybody has joined again', () => {
    const bench = createGroupBench()
    const [a, b] = bench.stable({}, {})
    const third = bench.join()
    const again = [a, b].map((member) => bench.join({ memberId: member?.memberId ?? '' }))
    expect([third, ...again].map(({ answer }) => answer?.generation)).toEqual([2, 2, 2])
  })

  it('opens at the end of the session of a silent member', () => {
    const bench = createGroupBench()
    bench.stable({ sessionTimeoutMs: 1_000 })
    const second = bench.join()
    bench.clock.advance(999)
    expect(second.answer).toBeUndefined()
    bench.clock.advance(1)
    expect(second.answer).toMatchObject({ errorCode: 0, leaderId: 'app-2' })
    expect(bench.events).toContainEqual({ kind: 'member.expired', groupId, memberId: 'app-1' })
  })

  it('opens at the rebalance timeout for one that only sends heartbeats, and puts it out', () => {
    const bench = createGroupBench()
    const timeouts = { sessionTimeoutMs: 1_000, rebalanceTimeoutMs: 1_500 }
    const [first] = bench.stable(timeouts)
    if (first === undefined) throw new Error('nobody joined')
    const second = bench.join(timeouts)
    for (let waited = 0; waited < 1_500; waited += 500) {
      expect([second.answer, bench.heartbeat(first)]).toEqual([undefined, REBALANCE_IN_PROGRESS])
      bench.clock.advance(500)
    }
    expect(second.answer).toMatchObject({ generation: 2, leaderId: 'app-2' })
    expect(bench.heartbeat(first)).toBe(UNKNOWN_MEMBER_ID)
  })

  it('keeps those that wait, however long their sessions have been over', () => {
    const bench = createGroupBench()
    const [first] = bench.stable({ sessionTimeoutMs: 1_000 }, { sessionTimeoutMs: 20_000 })
    const waiting = bench.join({ memberId: first?.memberId ?? '', sessionTimeoutMs: 1_000 })
    bench.clock.advance(19_999)
    expect(waiting.answer).toBeUndefined()
    bench.clock.advance(1)
    expect(waiting.answer).toMatchObject({ errorCode: 0, generation: 2 })
  })

  it('is held by an id that was given out and not used, which starts no rebalance', () => {
    const bench = createGroupBench()
    const [first] = bench.stable({})
    if (first === undefined) throw new Error('nobody joined')
    bench.join({ ...modern, sessionTimeoutMs: 1_500 })
    expect(bench.heartbeat(first)).toBe(0)

    const again = bench.join({ memberId: first.memberId })
    bench.clock.advance(1_499)
    expect(again.answer).toBeUndefined()
    bench.clock.advance(1)
    expect(again.answer?.generation).toBe(2)
  })

  it('is not asked for when an id lapses that nobody used', () => {
    const bench = createGroupBench()
    const [first] = bench.stable({})
    if (first === undefined) throw new Error('nobody joined')
    bench.join({ ...modern, sessionTimeoutMs: 1_500 })
    bench.clock.advance(1_500)
    expect(bench.groups.describe(groupId)?.pendingMemberIds).toEqual([])
    expect(bench.heartbeat(first)).toBe(0)
  })

  it('forgets a new member that has waited for five minutes', () => {
    const bench = createGroupBench()
    const forever = { sessionTimeoutMs: 1_800_000, rebalanceTimeoutMs: 1_800_000 }
    bench.stable(forever)
    const newcomer = bench.join(forever)
    bench.clock.advance(299_999)
    expect(newcomer.answer).toBeUndefined()
    bench.clock.advance(1)
    expect(newcomer.answer).toMatchObject({ errorCode: UNKNOWN_MEMBER_ID, memberId: '' })
  })

  it('answers a join that its own member has given up for another', () => {
    const bench = createGroupBench()
    const [first] = bench.stable({}, {})
    const given = bench.join({ memberId: first?.memberId ?? '' })
    bench.join({ memberId: first?.memberId ?? '' })
    expect(given.answer?.errorCode).toBe(REBALANCE_IN_PROGRESS)
  })

  it('stays shut while only absent static members are left, until their sessions end', () => {
    const bench = createGroupBench()
    bench.stable({ groupInstanceId: 'one', sessionTimeoutMs: 5_000, rebalanceTimeoutMs: 1_000 })
    bench.groups.forceRebalance(groupId)
    bench.clock.advance(4_999)
    expect(bench.groups.describe(groupId)).toMatchObject({ state: 'PreparingRebalance', generation: 1 })
    bench.clock.advance(1)
    expect(bench.groups.describe(groupId)).toMatchObject({ state: 'Empty', generation: 2 })
  })
})

describe('a member that joins a stable group again', () => {
  it('starts a rebalance when it is the leader', () => {
    const bench = createGroupBench()
    const [leader, follower] = bench.stable({}, {})
    if (leader === undefined || follower === undefined) throw new Error('nobody joined')
    expect(bench.join({ memberId: leader.memberId }).answer).toBeUndefined()
    expect(bench.heartbeat(follower)).toBe(REBALANCE_IN_PROGRESS)
  })

  it('is told the generation once more when it is a follower with nothing new', () => {
    const bench = createGroupBench()
    const [, follower] = bench.stable({}, {})
    const answer = bench.join({ memberId: follower?.memberId ?? '' }).answer
    expect(answer).toMatchObject({ errorCode: 0, generation: 1, leaderId: 'app-1', members: [] })
    expect(bench.groups.describe(groupId)?.state).toBe('Stable')
  })

  it.each([
    ['other metadata', [{ name: 'range', metadata: subscriptionTo('payments') }]],
    ['another protocol besides', speaking('range', 'sticky')],
  ])('starts a rebalance when it is a follower with %s', (_what, protocols) => {
    const bench = createGroupBench()
    const [, follower] = bench.stable({}, {})
    expect(bench.join({ memberId: follower?.memberId ?? '', protocols }).answer).toBeUndefined()
    expect(bench.groups.describe(groupId)?.state).toBe('PreparingRebalance')
  })
})

describe('a member that joins again between join and sync', () => {
  it('is told the generation once more, the leader with all members', () => {
    const bench = createGroupBench()
    const members = bench.joined({}, {})
    const answers = members.map(({ memberId }) => bench.join({ memberId }).answer)
    expect(answers.map((answer) => [answer?.generation, answer?.members.length])).toEqual([
      [1, 2],
      [1, 0],
    ])
  })

  it('starts a rebalance with changed metadata, and those that wait for the leader are told', () => {
    const bench = createGroupBench()
    const [leader, follower] = bench.joined({}, {})
    if (leader === undefined || follower === undefined) throw new Error('nobody joined')
    const waiting = bench.sync(follower)
    bench.join({ memberId: leader.memberId, protocols: speaking('range', 'sticky') })
    expect(waiting.answer?.errorCode).toBe(REBALANCE_IN_PROGRESS)
  })
})

describe('a static member that comes back without its id', () => {
  const one = { groupInstanceId: 'one', needsKnownId: true }

  it('is in the same generation under a new id and gets its old assignment; somebody else is said to lead', () => {
    const bench = createGroupBench()
    bench.stable(one, {})
    const back = bench.join(one).answer
    expect(back).toMatchObject({ errorCode: 0, memberId: 'one-3', generation: 1, leaderId: 'one-1', members: [] })
    expect(bench.groups.describe(groupId)).toMatchObject({ state: 'Stable', generation: 1, leaderId: 'one-3' })
    const synced = bench.sync({ memberId: 'one-3', generation: 1 }, {}, 'one').answer
    expect(synced?.assignment.toString()).toBe('for one-1')
  })

  it('fences its former id, which without the instance name is unknown', () => {
    const bench = createGroupBench()
    const [former] = bench.stable(one)
    if (former === undefined) throw new Error('nobody joined')
    bench.join(one)
    expect([bench.heartbeat(former, 'one'), bench.heartbeat(former)]).toEqual([FENCED_INSTANCE_ID, UNKNOWN_MEMBER_ID])
    expect(bench.join({ ...one, memberId: former.memberId }).answer?.errorCode).toBe(FENCED_INSTANCE_ID)
    expect(bench.sync(former, {}, 'one').answer?.errorCode).toBe(FENCED_INSTANCE_ID)
  })

  it('starts a rebalance when the elected protocol changes with it', () => {
    const bench = createGroupBench()
    bench.stable(
      { ...one, protocols: speaking('range', 'sticky') },
      { protocols: speaking('sticky', 'range') },
      {
        protocols: speaking('range', 'sticky'),
      },
    )
    const back = bench.join({ ...one, protocols: speaking('sticky', 'range') })
    expect(back.answer).toBeUndefined()
    expect(bench.groups.describe(groupId)?.state).toBe('PreparingRebalance')
  })

  it('starts a rebalance between join and sync, and its former requests are fenced', () => {
    const bench = createGroupBench()
    const [, former] = bench.joined({}, one)
    if (former === undefined) throw new Error('nobody joined')
    const waiting = bench.sync(former, {}, 'one')
    const back = bench.join(one)
    expect([waiting.answer?.errorCode, back.answer]).toEqual([FENCED_INSTANCE_ID, undefined])
    expect(bench.groups.describe(groupId)?.state).toBe('PreparingRebalance')
  })

  it('takes its place at the barrier, where its former join is fenced', () => {
    const bench = createGroupBench()
    const [first] = bench.stable({}, one)
    const former = bench.join({ ...one })
    bench.groups.forceRebalance(groupId)
    const waiting = bench.join({ ...one, memberId: former.answer?.memberId ?? '' })
    const back = bench.join(one)
    expect(waiting.answer?.errorCode).toBe(FENCED_INSTANCE_ID)
    bench.join({ memberId: first?.memberId ?? '' })
    expect(back.answer).toMatchObject({ errorCode: 0, generation: 2 })
  })

  it('keeps its place in a rebalance that it misses', () => {
    const bench = createGroupBench()
    bench.stable({ rebalanceTimeoutMs: 1_000 }, { ...one, rebalanceTimeoutMs: 1_000 })
    const leader = bench.join({ memberId: 'app-1', rebalanceTimeoutMs: 1_000 })
    bench.clock.advance(1_000)
    expect(leader.answer?.members.map(({ groupInstanceId }) => groupInstanceId)).toEqual([null, 'one'])
  })
})
