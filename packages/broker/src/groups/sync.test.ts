import { describe, expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import { createGroupBench, type GroupBench, groupId, type Joined } from './test-support/group-bench.js'

const { UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION, REBALANCE_IN_PROGRESS, INVALID_GROUP_ID } = errorCode

function setup(how: 'joined' | 'stable', ...timeouts: { sessionTimeoutMs?: number; rebalanceTimeoutMs?: number }[]) {
  const bench = createGroupBench()
  const [leader, follower] = bench[how](timeouts[0] ?? {}, timeouts[0] ?? {})
  if (leader === undefined || follower === undefined) throw new Error('nobody joined')
  return { bench, leader, follower }
}

describe('a sync', () => {
  it('waits for the leader and brings what the leader assigned', () => {
    const { bench, leader, follower } = setup('joined')
    const waiting = bench.sync(follower)
    expect(waiting.answer).toBeUndefined()
    const own = bench.sync(leader, { [leader.memberId]: 'left', [follower.memberId]: 'right' })
    expect([own.answer?.assignment.toString(), waiting.answer?.assignment.toString()]).toEqual(['left', 'right'])
    expect(bench.groups.describe(groupId)?.state).toBe('Stable')
  })

  it('brings the same again once the group is stable', () => {
    const { bench, follower } = setup('stable')
    expect(bench.sync(follower).answer).toMatchObject({ errorCode: 0, assignment: Buffer.from('for app-2') })
  })

  it('brings nothing to a member that the leader did not name', () => {
    const { bench, leader, follower } = setup('joined')
    bench.sync(leader, { [leader.memberId]: 'all' })
    expect(bench.sync(follower).answer).toEqual({ errorCode: 0, assignment: Buffer.alloc(0) })
  })

  const answers: [string, 'joined' | 'stable', (bench: GroupBench, member: Joined) => Joined, number][] = [
    ['of another generation', 'stable', (_, member) => ({ ...member, generation: 7 }), ILLEGAL_GENERATION],
    ['of an unknown member', 'stable', (_, member) => ({ ...member, memberId: 'stranger' }), UNKNOWN_MEMBER_ID],
    [
      'while members are joining',
      'stable',
      (bench, member) => {
        bench.join()
        return member
      },
      REBALANCE_IN_PROGRESS,
    ],
    [
      'to a group that everybody has left',
      'stable',
      (bench, member) => {
        bench.groups.expireMember(groupId, 'app-1')
        bench.groups.expireMember(groupId, 'app-2')
        return member
      },
      UNKNOWN_MEMBER_ID,
    ],
  ]
  it.each(answers)('%s is refused', (_behaviour, how, arrange, code) => {
    const { bench, leader } = setup(how)
    expect(bench.sync(arrange(bench, leader)).answer).toEqual({ errorCode: code, assignment: Buffer.alloc(0) })
  })

  it.each([
    ['a group without a name', '', INVALID_GROUP_ID],
    ['a group that nobody has heard of', 'other', UNKNOWN_MEMBER_ID],
  ])('to %s is refused', (_behaviour, name, code) => {
    const { bench, leader } = setup('stable')
    const codes: number[] = []
    const request = { ...leader, groupId: name, groupInstanceId: null, assignments: [] }
    bench.groups.sync(request, (answer) => codes.push(answer.errorCode))
    expect(codes).toEqual([code])
  })

  it('that its own member has given up for another is answered', () => {
    const { bench, follower } = setup('joined')
    const given = bench.sync(follower)
    const second = bench.sync(follower)
    expect([given.answer?.errorCode, second.answer]).toEqual([REBALANCE_IN_PROGRESS, undefined])
  })
})

describe('a member that never syncs', () => {
  const timeouts = { sessionTimeoutMs: 1_000, rebalanceTimeoutMs: 1_500 }

  it('is put out after the rebalance timeout though it sends heartbeats, the leader too', () => {
    const { bench, leader, follower } = setup('joined', timeouts)
    const waiting = bench.sync(follower)
    for (let waited = 0; waited < 1_500; waited += 500) {
      expect([waiting.answer, bench.heartbeat(leader)]).toEqual([undefined, 0])
      bench.clock.advance(500)
    }
    expect(waiting.answer?.errorCode).toBe(REBALANCE_IN_PROGRESS)
    expect(bench.heartbeat(leader)).toBe(UNKNOWN_MEMBER_ID)
    expect(bench.join({ ...timeouts, memberId: follower.memberId }).answer?.generation).toBe(2)
  })

  it('is put out of a stable group as well', () => {
    const { bench, leader, follower } = setup('joined', { sessionTimeoutMs: 5_000, rebalanceTimeoutMs: 1_500 })
    bench.sync(leader)
    bench.clock.advance(1_499)
    expect(bench.heartbeat(follower)).toBe(0)
    bench.clock.advance(1)
    expect([bench.heartbeat(follower), bench.heartbeat(leader)]).toEqual([UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS])
  })
})
