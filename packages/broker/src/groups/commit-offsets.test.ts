import { describe, expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import { createGroupBench, type GroupBench, groupId, type Joined } from './test-support/group-bench.js'

const { ILLEGAL_GENERATION, UNKNOWN_MEMBER_ID, REBALANCE_IN_PROGRESS, UNKNOWN_TOPIC_OR_PARTITION } = errorCode
const { OFFSET_METADATA_TOO_LARGE, UNSTABLE_OFFSET_COMMIT, FENCED_INSTANCE_ID } = errorCode

interface Claim {
  memberId: string
  generationId: number
  groupInstanceId?: string | null
}

const simple: Claim = { memberId: '', generationId: -1 }
const at = (partitionIndex: number, offset: bigint, metadata: string | null = null) => ({
  partitionIndex,
  committedOffset: offset,
  committedLeaderEpoch: -1,
  committedMetadata: metadata,
})
const topicsAt = (offset: bigint) => [{ name: 'orders', partitions: [at(0, offset)] }]

const commit = (bench: GroupBench, claim: Claim, offset = 7n) =>
  bench.groups.commitOffsets({ groupId, groupInstanceId: null, ...claim, topics: topicsAt(offset) })[0]?.partitions[0]
    ?.errorCode
const stage = (bench: GroupBench, claim: Claim, offset = 7n, producerId = 1n) =>
  bench.groups.stageOffsets({
    groupId,
    groupInstanceId: null,
    ...claim,
    topics: topicsAt(offset),
    producerId,
    producerEpoch: 0,
  })[0]?.partitions[0]?.errorCode
const fetch = (bench: GroupBench, requireStable = false) => {
  const [topic] = bench.groups.fetchOffsets(groupId, [{ name: 'orders', partitionIndexes: [0] }], requireStable)
  return topic?.partitions[0]
}
const fetched = (bench: GroupBench) => fetch(bench)?.committedOffset

type Stage = 'Stable' | 'joining' | 'between join and sync' | 'Empty' | 'never existed'

/** A group in this stage, and its member with its generation. */
function groupThatIs(stage_: Stage): { bench: GroupBench; own: Joined } {
  const bench = createGroupBench()
  if (stage_ === 'never existed') return { bench, own: { memberId: 'app-1', generation: 1 } }
  const [own] = stage_ === 'between join and sync' ? bench.joined({}) : bench.stable({})
  if (own === undefined) throw new Error('nobody joined')
  if (stage_ === 'joining') bench.join()
  if (stage_ === 'Empty') bench.groups.leave({ groupId, members: [{ memberId: own.memberId, groupInstanceId: null }] })
  return { bench, own }
}

const claims = {
  'own id, current generation': ({ memberId, generation }: Joined) => ({ memberId, generationId: generation }),
  'own id, other generation': ({ memberId, generation }: Joined) => ({ memberId, generationId: generation + 1 }),
  'unknown id': ({ generation }: Joined) => ({ memberId: 'stranger', generationId: generation }),
  'generation -1, empty id (simple)': () => simple,
  'generation -1, own id': ({ memberId }: Joined) => ({ memberId, generationId: -1 }),
}
const stages: Stage[] = ['Stable', 'joining', 'between join and sync', 'Empty', 'never existed']

describe('OffsetCommit', () => {
  // As Kafka answers it; null where nobody has asked it.
  const table: [keyof typeof claims, (number | null)[]][] = [
    ['own id, current generation', [0, 0, REBALANCE_IN_PROGRESS, UNKNOWN_MEMBER_ID, ILLEGAL_GENERATION]],
    ['own id, other generation', [ILLEGAL_GENERATION, null, ILLEGAL_GENERATION, null, ILLEGAL_GENERATION]],
    ['unknown id', [UNKNOWN_MEMBER_ID, null, null, UNKNOWN_MEMBER_ID, null]],
    ['generation -1, empty id (simple)', [UNKNOWN_MEMBER_ID, null, null, 0, 0]],
    ['generation -1, own id', [ILLEGAL_GENERATION, null, null, 0, 0]],
  ]
  const cells = table.flatMap(([claim, codes]) =>
    codes.flatMap((code, i) => (code === null ? [] : [[claim, stages[i] ?? 'Stable', code] as const])),
  )
  it.each(cells)('%s, group %s: %i', (claim, stage_, code) => {
    const { bench, own } = groupThatIs(stage_)
    expect(commit(bench, claims[claim](own))).toBe(code)
    expect(fetched(bench)).toBe(code === 0 ? 7n : -1n)
  })

  it('of a consumer in no group makes the group', () => {
    const { bench } = groupThatIs('never existed')
    commit(bench, simple)
    expect(bench.groups.describe(groupId)).toMatchObject({ state: 'Empty', generation: 0, protocolType: null })
    expect(bench.events).toEqual([
      { kind: 'offsets.committed', groupId, offsets: [{ topic: 'orders', partition: 0, offset: 7n }] },
    ])
  })

  it('of a former static member is fenced', () => {
    const bench = createGroupBench()
    const [former] = bench.stable({ groupInstanceId: 'one' })
    bench.join({ groupInstanceId: 'one' })
    const claim = { memberId: former?.memberId ?? '', generationId: 1 }
    expect(commit(bench, { ...claim, groupInstanceId: 'one' })).toBe(FENCED_INSTANCE_ID)
    expect(commit(bench, claim)).toBe(UNKNOWN_MEMBER_ID)
  })

  it('keeps the member alive', () => {
    const bench = createGroupBench()
    const [own] = bench.stable({ sessionTimeoutMs: 1_000 })
    if (own === undefined) throw new Error('nobody joined')
    bench.clock.advance(999)
    commit(bench, { memberId: own.memberId, generationId: 1 })
    bench.clock.advance(999)
    expect(bench.heartbeat(own)).toBe(0)
  })

  it.each([
    ['negative', -5n],
    ['beyond the end', 1_000_000n],
  ])('takes offsets that are %s', (_behaviour, offset) => {
    const { bench } = groupThatIs('never existed')
    expect([commit(bench, simple, offset), fetched(bench)]).toEqual([0, offset])
  })

  it('goes back', () => {
    const { bench } = groupThatIs('never existed')
    commit(bench, simple, 9n)
    commit(bench, simple, 3n)
    expect(fetched(bench)).toBe(3n)
  })

  it('takes an empty group id', () => {
    const { groups } = createGroupBench()
    groups.commitOffsets({ groupId: '', groupInstanceId: null, ...simple, topics: topicsAt(4n) })
    expect(groups.fetchOffsets('', null, false)[0]?.partitions[0]?.committedOffset).toBe(4n)
  })

  it('answers per partition, what does not exist first', () => {
    const { bench } = groupThatIs('never existed')
    const topics = [
      { name: 'payments', partitions: [at(0, 1n, 'x'.repeat(4_097)), at(1, 1n, 'x'.repeat(4_096))] },
      { name: 'orders', partitions: [at(2, 1n), at(3, 1n)] },
      { name: 'nowhere', partitions: [at(0, 1n)] },
    ]
    expect(bench.groups.commitOffsets({ groupId, groupInstanceId: null, ...simple, topics })).toEqual([
      {
        name: 'orders',
        partitions: [
          { partitionIndex: 3, errorCode: UNKNOWN_TOPIC_OR_PARTITION },
          { partitionIndex: 2, errorCode: 0 },
        ],
      },
      { name: 'nowhere', partitions: [{ partitionIndex: 0, errorCode: UNKNOWN_TOPIC_OR_PARTITION }] },
      {
        name: 'payments',
        partitions: [
          { partitionIndex: 0, errorCode: OFFSET_METADATA_TOO_LARGE },
          { partitionIndex: 1, errorCode: 0 },
        ],
      },
    ])
  })

  it('answers a topic as often as it is named, where all of it is known', () => {
    const { bench } = groupThatIs('never existed')
    const topics = [
      { name: 'orders', partitions: [at(2, 1n)] },
      { name: 'orders', partitions: [at(2, 2n)] },
    ]
    const answer = bench.groups.commitOffsets({ groupId, groupInstanceId: null, ...simple, topics })
    expect(answer.map(({ name, partitions }) => [name, partitions.length])).toEqual([
      ['orders', 1],
      ['orders', 1],
    ])
  })

  it('makes no group when no partition exists', () => {
    const { bench } = groupThatIs('never existed')
    const topics = [{ name: 'nowhere', partitions: [at(0, 1n)] }]
    bench.groups.commitOffsets({ groupId, groupInstanceId: null, ...simple, topics })
    expect(bench.groups.describe(groupId)).toBeUndefined()
  })
})

describe('OffsetFetch', () => {
  const nothing = { partitionIndex: 0, committedOffset: -1n, committedLeaderEpoch: -1, metadata: '', errorCode: 0 }

  it('answers -1 without an error for an unknown group, topic or partition', () => {
    const { bench } = groupThatIs('never existed')
    expect(fetch(bench)).toEqual(nothing)
    commit(bench, simple)
    const asked = [{ name: 'nowhere', partitionIndexes: [0] }]
    expect(bench.groups.fetchOffsets(groupId, asked, false)).toEqual([{ name: 'nowhere', partitions: [nothing] }])
  })

  it('without topics answers with all that is there, or nothing', () => {
    const { bench } = groupThatIs('never existed')
    expect(bench.groups.fetchOffsets(groupId, null, false)).toEqual([])
    const topics = [{ name: 'orders', partitions: [{ ...at(2, 5n, 'note'), committedLeaderEpoch: 3 }] }]
    bench.groups.commitOffsets({ groupId, groupInstanceId: null, ...simple, topics })
    expect(bench.groups.fetchOffsets(groupId, null, false)).toEqual([
      {
        name: 'orders',
        partitions: [
          { partitionIndex: 2, committedOffset: 5n, committedLeaderEpoch: 3, metadata: 'note', errorCode: 0 },
        ],
      },
    ])
    expect(bench.groups.fetchOffsets(groupId, [], false)).toEqual([])
  })
})

describe('TxnOffsetCommit', () => {
  const table: [keyof typeof claims, Stage, number][] = [
    ['generation -1, empty id (simple)', 'Stable', 0],
    ['generation -1, empty id (simple)', 'joining', 0],
    ['generation -1, empty id (simple)', 'between join and sync', 0],
    ['generation -1, empty id (simple)', 'never existed', 0],
    ['own id, current generation', 'Stable', 0],
    ['own id, current generation', 'joining', 0],
    ['own id, current generation', 'between join and sync', 0],
    ['own id, current generation', 'never existed', ILLEGAL_GENERATION],
    ['own id, other generation', 'Stable', ILLEGAL_GENERATION],
    ['unknown id', 'Stable', UNKNOWN_MEMBER_ID],
  ]
  it.each(table)('%s, group %s: %i', (claim, stage_, code) => {
    const { bench, own } = groupThatIs(stage_)
    expect(stage(bench, claims[claim](own))).toBe(code)
    expect(bench.groups.describe(groupId)?.pending.length ?? 0).toBe(code === 0 ? 1 : 0)
  })

  it('is pending until the transaction ends: the old value is shown, or refused to who requires a stable one', () => {
    const { bench } = groupThatIs('never existed')
    commit(bench, simple, 3n)
    stage(bench, simple, 9n)
    expect(fetched(bench)).toBe(3n)
    expect(fetch(bench, true)).toMatchObject({ errorCode: UNSTABLE_OFFSET_COMMIT, committedOffset: -1n, metadata: '' })
    bench.groups.endTransaction(groupId, 1n, true)
    expect(fetch(bench, true)).toMatchObject({ errorCode: 0, committedOffset: 9n })
    expect(bench.events.at(-1)).toEqual({
      kind: 'offsets.committed',
      groupId,
      offsets: [{ topic: 'orders', partition: 0, offset: 9n }],
    })
  })

  it('leaves the old value when the transaction is aborted', () => {
    const { bench } = groupThatIs('never existed')
    commit(bench, simple, 3n)
    stage(bench, simple, 9n)
    bench.groups.endTransaction(groupId, 1n, false)
    expect(fetch(bench, true)).toMatchObject({ errorCode: 0, committedOffset: 3n })
  })

  it('does not hide a plain commit, and does not undo one that came later', () => {
    const { bench } = groupThatIs('never existed')
    stage(bench, simple, 9n)
    expect([commit(bench, simple, 5n), fetched(bench)]).toEqual([0, 5n])
    bench.groups.endTransaction(groupId, 1n, true)
    expect(fetched(bench)).toBe(5n)
  })

  it('of one producer is not ended by the transaction of another', () => {
    const { bench } = groupThatIs('never existed')
    stage(bench, simple, 5n, 1n)
    stage(bench, simple, 9n, 2n)
    bench.groups.endTransaction(groupId, 2n, true)
    expect(fetched(bench)).toBe(9n)
    expect(fetch(bench, true)?.errorCode).toBe(UNSTABLE_OFFSET_COMMIT)
    bench.groups.endTransaction(groupId, 1n, false)
    expect(fetch(bench, true)?.committedOffset).toBe(9n)
  })

  it('replaces what the same transaction staged before', () => {
    const { bench } = groupThatIs('never existed')
    stage(bench, simple, 5n)
    stage(bench, simple, 6n)
    bench.groups.endTransaction(groupId, 1n, true)
    expect(fetched(bench)).toBe(6n)
  })

  it('is shown by a fetch of everything only where something is committed', () => {
    const { bench } = groupThatIs('never existed')
    stage(bench, simple, 5n)
    expect(bench.groups.fetchOffsets(groupId, null, true)).toEqual([])
    commit(bench, simple, 4n)
    expect(bench.groups.fetchOffsets(groupId, null, true)[0]?.partitions[0]?.errorCode).toBe(UNSTABLE_OFFSET_COMMIT)
  })
})
