import { describe, expect, it } from 'vitest'
import { createGroupBench, type GroupBench, groupId, subscriptionTo } from './test-support/group-bench.js'

const retention = { offsetsRetentionMs: 100_000, offsetsRetentionCheckMs: 1_000 }
const commit = (bench: GroupBench, spec: { memberId?: string; generationId?: number; retentionTimeMs?: bigint } = {}) =>
  bench.groups.commitOffsets({
    groupId,
    groupInstanceId: null,
    memberId: '',
    generationId: -1,
    ...spec,
    topics: ['orders', 'payments'].map((name) => ({
      name,
      partitions: [{ partitionIndex: 0, committedOffset: 7n, committedLeaderEpoch: -1, committedMetadata: null }],
    })),
  })
const keptTopics = (bench: GroupBench) => bench.groups.describe(groupId)?.committed.map(({ topic }) => topic)

describe('retention of offsets', () => {
  it('counts from the commit where nobody ever joined, and takes the group along', () => {
    const bench = createGroupBench(retention)
    commit(bench)
    bench.clock.advance(99_999)
    expect(keptTopics(bench)).toEqual(['orders', 'payments'])
    bench.clock.advance(1)
    expect(keptTopics(bench)).toBeUndefined()
  })

  it('counts from the moment the last member left', () => {
    const bench = createGroupBench(retention)
    const [member] = bench.stable({ sessionTimeoutMs: 50_000 })
    commit(bench, { memberId: member?.memberId ?? '', generationId: 1 })
    bench.clock.advance(149_000)
    expect(bench.groups.describe(groupId)).toMatchObject({ state: 'Empty' })
    expect(keptTopics(bench)).toEqual(['orders', 'payments'])
    bench.clock.advance(1_000)
    expect(keptTopics(bench)).toBeUndefined()
  })

  it('spares what members subscribe to, and only that', () => {
    const bench = createGroupBench(retention)
    const protocols = [{ name: 'range', metadata: subscriptionTo('orders') }]
    const [member] = bench.stable({ sessionTimeoutMs: 1_800_000, protocols })
    commit(bench, { memberId: member?.memberId ?? '', generationId: 1 })
    bench.clock.advance(100_000)
    expect(keptTopics(bench)).toEqual(['orders'])
  })

  it('is what an old client asked for', () => {
    const bench = createGroupBench(retention)
    commit(bench, { retentionTimeMs: 5_000n })
    bench.clock.advance(5_000)
    expect(keptTopics(bench)).toBeUndefined()
  })

  it('spares what an open transaction is about to change', () => {
    const bench = createGroupBench(retention)
    commit(bench)
    bench.groups.stageOffsets({
      groupId,
      groupInstanceId: null,
      memberId: '',
      generationId: -1,
      producerId: 1n,
      producerEpoch: 0,
      topics: [
        {
          name: 'orders',
          partitions: [{ partitionIndex: 0, committedOffset: 9n, committedLeaderEpoch: -1, committedMetadata: null }],
        },
      ],
    })
    bench.clock.advance(100_000)
    expect(keptTopics(bench)).toEqual(['orders'])
  })

  it('takes empty groups that keep nothing', () => {
    const bench = createGroupBench(retention)
    bench.stable({ sessionTimeoutMs: 500 })
    bench.clock.advance(500)
    expect(bench.groups.list()).toHaveLength(1)
    bench.clock.advance(500)
    expect(bench.groups.list()).toEqual([])
  })
})
