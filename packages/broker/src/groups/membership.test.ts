import { describe, expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import { createGroupBench, type GroupBench, groupId, type Joined } from './test-support/group-bench.js'

const { UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS, INVALID_GROUP_ID, FENCED_INSTANCE_ID } = errorCode

function setup(how: 'joined' | 'stable' = 'stable', spec = {}) {
  const bench = createGroupBench()
  const [leader, follower] = bench[how](spec, spec)
  if (leader === undefined || follower === undefined) throw new Error('nobody joined')
  return { bench, leader, follower }
}

const leaveCodes = (bench: GroupBench, ...members: { memberId: string; groupInstanceId: string | null }[]) =>
  bench.groups.leave({ groupId, members }).memberErrorCodes

describe('a heartbeat', () => {
  it('is fine in a stable group, and between join and sync', () => {
    for (const how of ['joined', 'stable'] as const) {
      const { bench, leader } = setup(how)
      expect(bench.heartbeat(leader)).toBe(0)
    }
  })

  it('is told of a rebalance while members are joining', () => {
    const { bench, leader } = setup()
    bench.join()
    expect(bench.heartbeat(leader)).toBe(REBALANCE_IN_PROGRESS)
  })

  it.each([
    ['another generation', { generation: 9 }, ILLEGAL_GENERATION],
    ['an unknown member', { memberId: 'stranger' }, UNKNOWN_MEMBER_ID],
    ['no member', { memberId: '' }, UNKNOWN_MEMBER_ID],
    ['an unknown member of another generation', { memberId: 'stranger', generation: 9 }, UNKNOWN_MEMBER_ID],
  ])('of %s is refused', (_behaviour, changes, code) => {
    const { bench, leader } = setup()
    expect(bench.heartbeat({ ...leader, ...changes })).toBe(code)
  })

  it.each([
    ['an unknown group', 'other', UNKNOWN_MEMBER_ID],
    ['a group without a name', '', INVALID_GROUP_ID],
  ])('to %s is refused', (_behaviour, name, code) => {
    const { bench, leader } = setup()
    expect(bench.groups.heartbeat({ ...leader, groupId: name, groupInstanceId: null })).toBe(code)
  })

  it('keeps a member, and one that sends none is out at the end of its session', () => {
    const { bench, leader, follower } = setup('stable', { sessionTimeoutMs: 1_000 })
    bench.clock.advance(900)
    expect(bench.heartbeat(leader)).toBe(0)
    bench.clock.advance(99)
    expect(bench.heartbeat(leader)).toBe(0)
    bench.clock.advance(1)
    expect([bench.heartbeat(leader), bench.heartbeat(follower)]).toEqual([REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER_ID])
  })

  it('is not expected of a member that waits for the leader', () => {
    const { bench, leader, follower } = setup('joined', { sessionTimeoutMs: 1_000 })
    const waiting = bench.sync(follower)
    bench.clock.advance(900)
    bench.heartbeat(leader)
    bench.clock.advance(900)
    bench.sync(leader)
    expect(waiting.answer?.errorCode).toBe(0)
    bench.clock.advance(999)
    expect(bench.heartbeat(follower)).toBe(0)
  })
})

describe('a leave', () => {
  it('makes the others join again', () => {
    const { bench, leader, follower } = setup()
    expect(leaveCodes(bench, { memberId: leader.memberId, groupInstanceId: null })).toEqual([0])
    expect(bench.heartbeat(follower)).toBe(REBALANCE_IN_PROGRESS)
    expect(bench.join({ memberId: follower.memberId }).answer).toMatchObject({
      generation: 2,
      leaderId: follower.memberId,
    })
    expect(bench.events).toContainEqual({ kind: 'member.left', groupId, memberId: leader.memberId })
  })

  it('of the last member leaves an empty group of the next generation', () => {
    const { bench, leader, follower } = setup()
    const all = [leader, follower].map(({ memberId }) => ({ memberId, groupInstanceId: null }))
    expect(leaveCodes(bench, ...all)).toEqual([0, 0])
    expect(bench.groups.describe(groupId)).toMatchObject({
      state: 'Empty',
      generation: 2,
      protocolType: 'consumer',
      members: [],
    })
  })

  it('opens the barrier for those that wait', () => {
    const { bench, leader, follower } = setup()
    const waiting = bench.join({ memberId: leader.memberId })
    leaveCodes(bench, { memberId: follower.memberId, groupInstanceId: null })
    expect(waiting.answer).toMatchObject({ errorCode: 0, generation: 2 })
  })

  it('answers what the member itself still waits for', () => {
    const { bench, follower } = setup('joined')
    const waiting = bench.sync(follower)
    leaveCodes(bench, { memberId: follower.memberId, groupInstanceId: null })
    expect(waiting.answer?.errorCode).toBe(UNKNOWN_MEMBER_ID)
  })

  it('gives up an id that was given out', () => {
    const { bench, leader, follower } = setup()
    const id = bench.join({ needsKnownId: true }).answer?.memberId ?? ''
    expect(leaveCodes(bench, { memberId: id, groupInstanceId: null })).toEqual([0])
    bench.join({ memberId: leader.memberId })
    expect(bench.join({ memberId: follower.memberId }).answer?.generation).toBe(2)
  })

  it.each([
    ['of an unknown member', { memberId: 'stranger', groupInstanceId: null }, UNKNOWN_MEMBER_ID],
    ['of nobody', { memberId: '', groupInstanceId: null }, UNKNOWN_MEMBER_ID],
    ['of an unknown instance', { memberId: '', groupInstanceId: 'two' }, UNKNOWN_MEMBER_ID],
    ['of an instance that has another id by now', { memberId: 'app-9', groupInstanceId: 'one' }, FENCED_INSTANCE_ID],
  ])('%s is refused and changes nothing', (_behaviour, claim, code) => {
    const bench = createGroupBench()
    bench.stable({ groupInstanceId: 'one' })
    expect(leaveCodes(bench, claim)).toEqual([code])
    expect(bench.groups.describe(groupId)?.state).toBe('Stable')
  })

  it('of an instance by its name alone removes it, as administrators do', () => {
    const bench = createGroupBench()
    bench.stable({ groupInstanceId: 'one' })
    expect(leaveCodes(bench, { memberId: '', groupInstanceId: 'one' })).toEqual([0])
    expect(bench.groups.describe(groupId)?.members).toEqual([])
  })

  it('of a group that nobody has heard of names every member unknown; without a name it is refused as a whole', () => {
    const { groups } = createGroupBench()
    const members = [
      { memberId: 'a', groupInstanceId: null },
      { memberId: 'b', groupInstanceId: null },
    ]
    const unknown = { errorCode: 0, memberErrorCodes: [UNKNOWN_MEMBER_ID, UNKNOWN_MEMBER_ID] }
    expect(groups.leave({ groupId: 'other', members })).toEqual(unknown)
    expect(groups.leave({ groupId: '', members })).toEqual({ errorCode: INVALID_GROUP_ID, memberErrorCodes: [] })
  })
})

describe('by hand', () => {
  it('a rebalance is forced on a stable group and on one between join and sync, and on no other', () => {
    for (const how of ['joined', 'stable'] as const) {
      const { bench, leader } = setup(how)
      expect(bench.groups.forceRebalance(groupId)).toBe(true)
      expect(bench.heartbeat(leader)).toBe(REBALANCE_IN_PROGRESS)
      expect(bench.groups.forceRebalance(groupId)).toBe(false)
    }
    expect(createGroupBench().groups.forceRebalance(groupId)).toBe(false)
  })

  it.each<[string, (follower: Joined) => string | undefined, string]>([
    ['the named member', ({ memberId }) => memberId, 'app-2'],
    ['the leader if none is named', () => undefined, 'app-1'],
  ])('the session of %s ends at once', (_behaviour, whom, expected) => {
    const { bench, follower } = setup()
    expect(bench.groups.expireMember(groupId, whom(follower))).toBe(true)
    expect(bench.events).toContainEqual({ kind: 'member.expired', groupId, memberId: expected })
    expect(bench.groups.expireMember(groupId, expected)).toBe(false)
  })
})
