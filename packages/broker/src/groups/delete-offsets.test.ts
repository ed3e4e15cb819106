import { describe, expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import { createGroupBench, type GroupBench, groupId } from './test-support/group-bench.js'

const { GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP, GROUP_SUBSCRIBED_TO_TOPIC, UNKNOWN_TOPIC_OR_PARTITION } = errorCode

const ofNobody = { groupId, groupInstanceId: null, memberId: '', generationId: -1 }
const topicsAt = (...names: string[]) =>
  names.map((name) => ({
    name,
    partitions: [{ partitionIndex: 0, committedOffset: 7n, committedLeaderEpoch: -1, committedMetadata: null }],
  }))
const commit = (bench: GroupBench, ...topics: string[]) =>
  bench.groups.commitOffsets({ ...ofNobody, topics: topicsAt(...topics) })
const stage = (bench: GroupBench, ...topics: string[]) =>
  bench.groups.stageOffsets({ ...ofNobody, producerId: 1n, producerEpoch: 0, topics: topicsAt(...topics) })
const committedTopics = (bench: GroupBench) => bench.groups.describe(groupId)?.committed.map(({ topic }) => topic)
const deleteOffsets = (bench: GroupBench, ...names: string[]) =>
  bench.groups.deleteOffsets({ groupId, topics: names.map((name) => ({ name, partitions: [{ partitionIndex: 0 }] })) })

describe('DeleteGroups', () => {
  it.each([
    ['an unknown group', () => undefined, GROUP_ID_NOT_FOUND],
    ['a group with members', (bench: GroupBench) => bench.stable({}), NON_EMPTY_GROUP],
    ['a group between join and sync', (bench: GroupBench) => bench.joined({}), NON_EMPTY_GROUP],
    ['a group that only keeps offsets', (bench: GroupBench) => commit(bench, 'orders'), 0],
    ['a group with offsets of an open transaction', (bench: GroupBench) => stage(bench, 'orders'), 0],
    ['a group of ids that were given out', (bench: GroupBench) => bench.join({ needsKnownId: true }), 0],
  ])('%s', (_behaviour, arrange, code) => {
    const bench = createGroupBench()
    arrange(bench)
    expect(bench.groups.deleteGroup(groupId)).toBe(code)
    if (code === 0) expect(bench.groups.describe(groupId)).toBeUndefined()
  })

  it('makes an open transaction bring nothing back', () => {
    const bench = createGroupBench()
    stage(bench, 'orders')
    bench.groups.deleteGroup(groupId)
    bench.groups.endTransaction(groupId, 1n, true)
    expect(bench.groups.fetchOffsets(groupId, null, false)).toEqual([])
    expect(bench.events).toEqual([{ kind: 'group.deleted', groupId }])
  })
})

describe('OffsetDelete', () => {
  it('refuses topics that the group subscribes to, and deletes the others', () => {
    const bench = createGroupBench()
    commit(bench, 'orders', 'payments')
    bench.stable({})
    expect(deleteOffsets(bench, 'orders', 'payments', 'nowhere')).toEqual({
      errorCode: 0,
      topics: [
        { name: 'nowhere', partitions: [{ partitionIndex: 0, errorCode: UNKNOWN_TOPIC_OR_PARTITION }] },
        { name: 'orders', partitions: [{ partitionIndex: 0, errorCode: GROUP_SUBSCRIBED_TO_TOPIC }] },
        { name: 'payments', partitions: [{ partitionIndex: 0, errorCode: 0 }] },
      ],
    })
    expect(committedTopics(bench)).toEqual(['orders'])
  })

  it('of the last offset leaves an empty group', () => {
    const bench = createGroupBench()
    commit(bench, 'orders', 'payments')
    expect(deleteOffsets(bench, 'orders').errorCode).toBe(0)
    expect(committedTopics(bench)).toEqual(['payments'])
    deleteOffsets(bench, 'payments')
    expect(bench.groups.describe(groupId)).toMatchObject({ state: 'Empty', committed: [] })
    expect(deleteOffsets(bench, 'orders').errorCode).toBe(0)
  })

  it('of a partition without an offset is fine', () => {
    const bench = createGroupBench()
    commit(bench, 'orders')
    expect(deleteOffsets(bench, 'payments').topics[0]?.partitions[0]?.errorCode).toBe(0)
    expect(committedTopics(bench)).toEqual(['orders'])
  })

  it('takes what an open transaction would bring along', () => {
    const bench = createGroupBench()
    commit(bench, 'orders', 'payments')
    stage(bench, 'orders')
    deleteOffsets(bench, 'orders')
    bench.groups.endTransaction(groupId, 1n, true)
    expect(committedTopics(bench)).toEqual(['payments'])
  })

  it('is refused as a whole for an unknown group, for members that are no consumers, and for a group without a name', () => {
    const bench = createGroupBench()
    expect(deleteOffsets(bench, 'orders')).toEqual({ errorCode: GROUP_ID_NOT_FOUND, topics: [] })
    bench.stable({ protocolType: 'connect' })
    expect(deleteOffsets(bench, 'orders')).toEqual({ errorCode: NON_EMPTY_GROUP, topics: [] })
    expect(bench.groups.deleteOffsets({ groupId: '', topics: [] }).errorCode).toBe(errorCode.INVALID_GROUP_ID)
  })
})

describe('a topic that was deleted', () => {
  it('takes its offsets with it, those of open transactions too', () => {
    const bench = createGroupBench()
    commit(bench, 'orders', 'payments')
    stage(bench, 'orders')
    bench.groups.forgetTopic('orders')
    bench.groups.endTransaction(groupId, 1n, true)
    expect(committedTopics(bench)).toEqual(['payments'])
  })
})
