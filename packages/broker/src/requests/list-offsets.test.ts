import { describe, expect, it } from 'vitest'
import { createListOffsetsHandler } from './list-offsets.js'
import { inVersion, outcomeOf, setupRecords } from './test-support/setup-records.js'

interface Asked {
  timestamp: bigint
  partition?: number
  topic?: string
  currentLeaderEpoch?: number
}

function setup() {
  const records = setupRecords()
  const handle = createListOffsetsHandler(records)
  const ask = (asked: Asked[], { version = 5, isolationLevel = 0 } = {}) => {
    const topics = asked.map(({ topic = 'orders', partition = 0, currentLeaderEpoch = -1, timestamp }) => ({
      name: topic,
      partitions: [{ partitionIndex: partition, currentLeaderEpoch, timestamp }],
    }))
    const { body } = outcomeOf(handle({ replicaId: -1, isolationLevel, topics }, inVersion(version)))
    return body?.topics.map(({ partitions }) => partitions[0])
  }
  return { ...records, ask }
}

/** Records at 100 and 200, and one of an open transaction at 300; the first is deleted. */
function written() {
  const bundle = setup()
  const { log, append } = bundle.at('orders', 0)
  append({ records: [{ timestamp: 100 }, { timestamp: 200 }] })
  append({ producerId: 1n, transactional: true, records: [{ timestamp: 300 }] })
  log.deleteRecords(1n)
  return bundle
}

const found = (offset: bigint, timestamp: bigint, leaderEpoch = 0) => ({ errorCode: 0, offset, timestamp, leaderEpoch })
const error = (errorCode: number) => ({ partitionIndex: 0, errorCode })

describe('ListOffsets', () => {
  it.each([
    // behaviour                                                   timestamp  version isolation  answer
    ['gives the end for -1', -1n, 5, 0, found(3n, -1n)],
    ['gives the last stable offset for -1 to a reader of committed records', -1n, 5, 1, found(2n, -1n)],
    ['gives the start for -2', -2n, 5, 0, found(1n, -1n)],
    ['gives the first record at or after a time', 150n, 5, 0, found(1n, 200n)],
    ['gives nothing below the start', 0n, 5, 0, found(1n, 200n)],
    ['gives -1 beyond all', 301n, 5, 0, found(-1n, -1n, -1)],
    ['gives -1 at the stable offset to a reader of committed records', 300n, 5, 1, found(-1n, -1n, -1)],
    ['gives the record of the highest time for -3', -3n, 7, 0, found(2n, 300n)],
    ['does not know -3 before version 7', -3n, 5, 0, error(35)],
    ['does not know -4', -4n, 7, 0, error(35)],
    ['does not know -99', -99n, 5, 0, error(35)],
  ])('%s', (_behaviour, timestamp, version, isolationLevel, answer) => {
    expect(written().ask([{ timestamp }], { version, isolationLevel })).toEqual([expect.objectContaining(answer)])
  })

  it.each([
    ['an empty log’s end as 0', -1n, found(0n, -1n)],
    ['an empty log’s time as none', 5n, found(-1n, -1n, -1)],
    ['an empty log’s start as 0', -2n, found(0n, -1n)],
  ])('gives %s', (_behaviour, timestamp, answer) => {
    expect(setup().ask([{ timestamp }])).toEqual([expect.objectContaining(answer)])
  })

  it.each([
    ['an unknown topic', { topic: 'nowhere' }, 3],
    ['an unknown partition', { partition: 7 }, 3],
    ['a newer leader epoch', { currentLeaderEpoch: 1 }, 75],
    ['the epoch of the leader', { currentLeaderEpoch: 0 }, 0],
  ])('answers %s with its code', (_what, where, code) => {
    expect(setup().ask([{ timestamp: -1n, ...where }])?.[0]?.errorCode).toBe(code)
  })

  it('answers an older leader epoch as fenced', () => {
    const { ask, at } = setup()
    at('orders', 0).log.leaderEpoch = 2
    expect(ask([{ timestamp: -1n, currentLeaderEpoch: 1 }])?.[0]?.errorCode).toBe(74)
    expect(ask([{ timestamp: -1n }])?.[0]).toMatchObject({ errorCode: 0, leaderEpoch: 2 })
  })

  it('answers a partition that stands there twice once', () => {
    const { topics } = setup()
    const handle = createListOffsetsHandler({ topics })
    const partitions = [-1n, -2n].map((timestamp) => ({ partitionIndex: 0, currentLeaderEpoch: -1, timestamp }))
    const request = { replicaId: -1, isolationLevel: 0, topics: [{ name: 'orders', partitions }] }
    expect(outcomeOf(handle(request, inVersion(5))).body?.topics[0]?.partitions).toMatchObject([error(42)])
  })

  it('fails for an isolation level that there is not', () => {
    expect(setup().ask([{ timestamp: -1n }], { isolationLevel: 7 })).toMatchObject([error(-1)])
  })

  it('refuses a partition that is asked twice, and that one only', () => {
    const asked = [{ timestamp: -1n }, { timestamp: -1n, topic: 'payments' }, { timestamp: -2n }]
    expect(
      setup()
        .ask(asked)
        ?.map((each) => each?.errorCode),
    ).toEqual([42, 0, 42])
  })
})
