import { describe, expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import { createGroupBench, groupId, speaking } from './test-support/group-bench.js'

const retentionTimer = 1

describe('what stands around groups', () => {
  it('tells how a group goes from one state to the next', () => {
    const bench = createGroupBench()
    const [member] = bench.stable({})
    bench.groups.leave({ groupId, members: [{ memberId: member?.memberId ?? '', groupInstanceId: null }] })
    expect(bench.events).toEqual([
      { kind: 'member.joined', groupId, memberId: 'app-1' },
      { kind: 'group.changed', groupId, state: 'PreparingRebalance', generation: 0, members: 1 },
      { kind: 'group.changed', groupId, state: 'CompletingRebalance', generation: 1, members: 1 },
      { kind: 'group.changed', groupId, state: 'Stable', generation: 1, members: 1 },
      { kind: 'member.left', groupId, memberId: 'app-1' },
      { kind: 'group.changed', groupId, state: 'Empty', generation: 2, members: 0 },
    ])
  })

  it('has one timer for a group, however many members it has, and none for one that is empty', () => {
    const bench = createGroupBench()
    const members = bench.stable({}, {}, {})
    for (const member of members) bench.heartbeat(member)
    expect(bench.clock.timersWaiting).toBe(retentionTimer + 1)
    bench.groups.leave({ groupId, members: members.map(({ memberId }) => ({ memberId, groupInstanceId: null })) })
    expect(bench.clock.timersWaiting).toBe(retentionTimer)
  })

  it('forgets an id that was given out and never used, and later on the group that was made for it', () => {
    const bench = createGroupBench()
    bench.join({ needsKnownId: true, sessionTimeoutMs: 1_000 })
    bench.clock.advance(1_000)
    expect(bench.clock.timersWaiting).toBe(retentionTimer)
    const late = bench.join({ needsKnownId: true, memberId: 'app-1' })
    expect(late.answer?.errorCode).toBe(errorCode.UNKNOWN_MEMBER_ID)
    expect(bench.groups.list()).toHaveLength(1)
    bench.clock.advance(600_000)
    expect(bench.groups.list()).toEqual([])
  })

  it('answers a request that comes in while it gives an answer', () => {
    const bench = createGroupBench()
    const codes: number[] = []
    const request = { groupId, memberId: '', groupInstanceId: null, clientId: 'app', clientHost: '/127.0.0.1' }
    const timeouts = { sessionTimeoutMs: 10_000, rebalanceTimeoutMs: 60_000 }
    bench.groups.join(
      { ...request, ...timeouts, needsKnownId: false, protocolType: 'consumer', protocols: speaking('range') },
      ({ memberId, generation }) => {
        codes.push(bench.groups.heartbeat({ groupId, memberId, groupInstanceId: null, generation }))
        bench.sync({ memberId, generation })
      },
    )
    bench.clock.advance(0)
    expect(codes).toEqual([0])
    expect(bench.groups.describe(groupId)?.state).toBe('Stable')
  })
})

describe('a broker that goes down and comes back', () => {
  it('leaves no timer and answers nobody that waited', () => {
    const bench = createGroupBench()
    bench.stable({})
    const waiting = bench.join()
    bench.groups.suspend()
    expect(bench.clock.timersWaiting).toBe(0)
    bench.clock.advance(100_000)
    bench.groups.resume()
    expect(waiting.answer).toBeUndefined()
  })

  it('finds the generation that was written down last, with a full session for every member', () => {
    const bench = createGroupBench()
    const [first, second] = bench.stable({}, {})
    if (first === undefined || second === undefined) throw new Error('nobody joined')
    bench.join()
    for (const { memberId } of [first, second]) bench.join({ memberId })
    expect(bench.groups.describe(groupId)).toMatchObject({ state: 'CompletingRebalance', generation: 2 })
    bench.groups.suspend()
    bench.clock.advance(50_000)
    bench.groups.resume()
    expect(bench.groups.describe(groupId)).toMatchObject({ state: 'Stable', generation: 1, leaderId: 'app-1' })
    expect(bench.groups.describe(groupId)?.members.map(({ memberId }) => memberId)).toEqual(['app-1', 'app-2'])
    bench.clock.advance(9_999)
    expect([bench.heartbeat(first), bench.sync(second).answer?.assignment.toString()]).toEqual([0, 'for app-2'])
    bench.clock.advance(1)
    expect(bench.heartbeat(first)).toBe(errorCode.REBALANCE_IN_PROGRESS)
  })

  it('keeps offsets, also pending ones', () => {
    const bench = createGroupBench()
    const partition = { partitionIndex: 0, committedOffset: 7n, committedLeaderEpoch: -1, committedMetadata: null }
    const ofNobody = { groupId, groupInstanceId: null, memberId: '', generationId: -1 }
    bench.groups.commitOffsets({ ...ofNobody, topics: [{ name: 'orders', partitions: [partition] }] })
    bench.groups.stageOffsets({
      ...ofNobody,
      producerId: 1n,
      producerEpoch: 0,
      topics: [{ name: 'payments', partitions: [partition] }],
    })
    bench.groups.suspend()
    bench.groups.resume()
    const view = bench.groups.describe(groupId)
    expect([view?.committed, view?.pending].map((offsets) => offsets?.map(({ topic }) => topic))).toEqual([
      ['orders'],
      ['payments'],
    ])
  })
})
