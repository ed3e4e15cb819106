import { describe, expect, it } from 'vitest'
import type { PartitionLog } from '../log/partition-log.js'
import { batchOfSize } from '../log/test-support/build-batch.js'
import { createFetchHandler } from './fetch.js'
import { inVersion, outcomeOf, setupRecords } from './test-support/setup-records.js'

interface Wanted {
  topic?: string
  partition?: number
  offset?: bigint
  maxBytes?: number
  epoch?: number
}

interface Asked {
  minBytes?: number
  maxBytes?: number
  maxWaitMs?: number
  committed?: boolean
  sessionId?: number
  sessionEpoch?: number
}

function setup() {
  const records = setupRecords()
  const handle = createFetchHandler(records)
  const fetch = (wanted: Wanted[], o: Asked = {}) => {
    const {
      minBytes = 1,
      maxBytes = 2 ** 31 - 1,
      maxWaitMs = 500,
      committed = false,
      sessionId = 0,
      sessionEpoch = -1,
    } = o
    const request = {
      replicaId: -1,
      maxWaitMs,
      minBytes,
      maxBytes,
      isolationLevel: committed ? 1 : 0,
      sessionId,
      sessionEpoch,
      topics: wanted.map(({ topic = 'orders', partition = 0, offset = 0n, maxBytes: limit = 2 ** 20, epoch = -1 }) => ({
        topic,
        partitions: [
          { partition, currentLeaderEpoch: epoch, fetchOffset: offset, logStartOffset: -1n, partitionMaxBytes: limit },
        ],
      })),
      forgottenTopicsData: [],
      rackId: '',
    }
    return outcomeOf(handle(request, inVersion(11)))
  }
  return { ...records, fetch }
}

type Body = NonNullable<ReturnType<ReturnType<typeof setup>['fetch']>['body']>

/** Topic, partition, error code and bytes, in the order of the answer. */
const shape = (body: Body | undefined) =>
  body?.responses.flatMap(({ topic, partitions }) =>
    partitions.map((each) => [`${topic}/${each.partitionIndex}`, each.errorCode, each.records?.length]),
  )

const only = (body: Body | undefined) => body?.responses[0]?.partitions[0]

describe('Fetch', () => {
  it('answers a partition that is named twice once, for its last offset', () => {
    const { fetch, at } = setup()
    at('orders', 0).append(batchOfSize(100))
    at('orders', 0).append(batchOfSize(90))
    expect(shape(fetch([{}, { partition: 1 }, { offset: 1n }, { partition: 9 }, { partition: 9 }]).body)).toEqual([
      ['orders/0', 0, 90],
      ['orders/1', 0, 0],
      ['orders/9', 3, 0],
    ])
  })

  it('fails as a whole for an isolation level that there is not', () => {
    const { topics, clock } = setup()
    const handle = createFetchHandler({ topics, clock })
    const partitions = [
      { partition: 0, currentLeaderEpoch: -1, fetchOffset: 0n, logStartOffset: -1n, partitionMaxBytes: 9 },
    ]
    const limits = {
      replicaId: -1,
      maxWaitMs: 500,
      minBytes: 1,
      maxBytes: 9,
      sessionId: 0,
      sessionEpoch: -1,
      rackId: '',
    }
    const request = { ...limits, isolationLevel: 5, topics: [{ topic: 'orders', partitions }], forgottenTopicsData: [] }
    const { body } = outcomeOf(handle(request, inVersion(11)))
    expect(body?.errorCode).toBe(-1)
    expect(only(body)).toMatchObject({ errorCode: -1, highWatermark: -1n, abortedTransactions: [] })
  })

  it('answers at once with what there is', () => {
    const { fetch, at } = setup()
    at('orders', 0).append(batchOfSize(100))
    const { body } = fetch([{}])
    expect(body).toMatchObject({ errorCode: 0 })
    expect(only(body)).toMatchObject({
      partitionIndex: 0,
      errorCode: 0,
      highWatermark: 1n,
      lastStableOffset: 1n,
      logStartOffset: 0n,
      abortedTransactions: null,
    })
    expect(only(body)?.records).toHaveLength(100)
  })

  it.each([
    ['beyond the end', { offset: 3n }, 1],
    ['negative', { offset: -1n }, 1],
    ['of a newer leader epoch', { offset: 2n, epoch: 1 }, 75],
  ])('answers at once for an offset that is %s, and for all with it', (_what, wanted, code) => {
    const { fetch, at } = setup()
    at('orders', 0).append()
    at('orders', 0).append()
    expect(shape(fetch([{ partition: 1 }, wanted], { maxWaitMs: 10_000 }).body)).toEqual([
      ['orders/1', 0, 0],
      ['orders/0', code, 0],
    ])
    expect(only(fetch([wanted]).body)).toMatchObject({
      highWatermark: -1n,
      lastStableOffset: -1n,
      logStartOffset: -1n,
      abortedTransactions: null,
    })
  })

  it('answers the current leader epoch as any, and an older one as fenced', () => {
    const { fetch, at } = setup()
    const { log, append } = at('orders', 0)
    append()
    log.leaderEpoch = 3
    expect(only(fetch([{ epoch: 3 }]).body)?.errorCode).toBe(0)
    expect(only(fetch([{ epoch: 2 }]).body)?.errorCode).toBe(74)
  })

  it('answers an unknown partition at once where nothing else is asked for', () => {
    const { body } = setup().fetch([{ topic: 'nowhere' }, { partition: 9 }], { maxWaitMs: 10_000 })
    expect(shape(body)).toEqual([
      ['nowhere/0', 3, 0],
      ['orders/9', 3, 0],
    ])
    expect(only(body)).toMatchObject({ highWatermark: -1n, lastStableOffset: -1n, logStartOffset: -1n })
  })

  it('does not let an unknown partition shorten the wait, and answers it last', async () => {
    const { fetch, clock } = setup()
    const waiting = fetch([{ partition: 9 }, { partition: 0 }, { topic: 'payments' }], { maxWaitMs: 800 })
    await clock.advance(799)
    expect(waiting.body).toBeUndefined()
    await clock.advance(1)
    expect(shape(waiting.body)).toEqual([
      ['orders/0', 0, 0],
      ['payments/0', 0, 0],
      ['orders/9', 3, 0],
    ])
  })

  it.each([
    ['at a limit of its partition of 0', { maxBytes: 0 }, {}, [100, 0]],
    ['at a limit of its partition of 1', { maxBytes: 1 }, {}, [100, 0]],
    ['at a limit of the answer of 1', {}, { maxBytes: 1 }, [100, 0]],
  ])('gives the first batch whole %s, and of others what fits', (_what, wanted, asked, lengths) => {
    const { fetch, at } = setup()
    at('orders', 0).append(batchOfSize(100))
    at('orders', 1).append(batchOfSize(100))
    const { body } = fetch([wanted, { ...wanted, partition: 1 }], asked)
    expect(shape(body)?.map(([, , length]) => length)).toEqual(lengths)
  })

  it('cuts bytes at the limits of partition and answer, in the middle of a batch', () => {
    const { fetch, at } = setup()
    for (const partition of [0, 1]) for (const size of [88, 90]) at('orders', partition).append(batchOfSize(size))
    const lengths = (wanted: Wanted, asked: Asked = {}) =>
      shape(fetch([wanted, { ...wanted, partition: 1 }], asked).body)?.map(([, , length]) => length)
    expect(lengths({ maxBytes: 150 })).toEqual([150, 150])
    expect(lengths({}, { maxBytes: 150 })).toEqual([150, 0])
    expect(lengths({}, { maxBytes: 270 })).toEqual([178, 92])
  })

  it('keeps no sessions: a first fetch is answered with 0, a later one is unknown', () => {
    const { fetch, at } = setup()
    at('orders', 0).append()
    expect(fetch([{}], { sessionEpoch: 0 }).body?.sessionId ?? 0).toBe(0)
    expect(fetch([{}], { sessionId: 77, sessionEpoch: 3 }).body).toEqual({ errorCode: 70, responses: [] })
    expect(shape(fetch([{}], { sessionId: 77, sessionEpoch: -1 }).body)?.[0]?.[1]).toBe(0)
  })

  it('gives readers of committed records what is decided, with the list of what was aborted', () => {
    const { fetch, at } = setup()
    const { append, end } = at('orders', 0)
    append(batchOfSize(100, { producerId: 1n, transactional: true }))
    end(1n, false)
    append(batchOfSize(100, { producerId: 1n, baseSequence: 1, transactional: true }))
    const { body } = fetch([{}], { committed: true })
    expect(only(body)).toMatchObject({
      highWatermark: 3n,
      lastStableOffset: 2n,
      abortedTransactions: [{ producerId: 1n, firstOffset: 0n }],
    })
    expect(only(body)?.records).toHaveLength(178)
    expect(
      fetch([{ partition: 1 }], { committed: true, maxWaitMs: 0 }).body?.responses[0]?.partitions[0],
    ).toMatchObject({
      abortedTransactions: [],
    })
  })
})

describe('a waiting Fetch', () => {
  const settled = async (): Promise<void> => {
    await Promise.resolve()
    await Promise.resolve()
  }

  it.each([
    ['no minimum', { minBytes: 0 }],
    ['no time', { maxWaitMs: 0 }],
    ['negative time', { maxWaitMs: -1 }],
  ])('does not exist with %s', (_what, asked) => {
    expect(shape(setup().fetch([{}], asked).body)).toEqual([['orders/0', 0, 0]])
  })

  it('ends when its time is over, with what there is', async () => {
    const { fetch, at, clock } = setup()
    at('orders', 0).append(batchOfSize(100))
    const waiting = fetch([{}], { minBytes: 101, maxWaitMs: 500 })
    await clock.advance(499)
    expect(waiting.body).toBeUndefined()
    await clock.advance(1)
    expect(shape(waiting.body)).toEqual([['orders/0', 0, 100]])
    expect(clock.timersWaiting).toBe(0)
  })

  it('is woken by the append that makes enough', async () => {
    const { fetch, at, clock } = setup()
    const { append } = at('orders', 0)
    const waiting = fetch([{}, { partition: 1 }], { minBytes: 250 })
    append(batchOfSize(100))
    await settled()
    at('orders', 1).append(batchOfSize(100))
    await settled()
    expect(waiting.body).toBeUndefined()
    append(batchOfSize(100))
    expect(waiting.body).toBeUndefined()
    await settled()
    expect(shape(waiting.body)).toEqual([
      ['orders/0', 0, 200],
      ['orders/1', 0, 100],
    ])
    expect(clock.timersWaiting).toBe(0)
  })

  it('takes all that one turn wrote, and not only what woke it', async () => {
    const { fetch, at } = setup()
    const waiting = fetch([{}, { partition: 1 }])
    at('orders', 0).append(batchOfSize(100))
    at('orders', 1).append(batchOfSize(100))
    await settled()
    expect(shape(waiting.body)).toEqual([
      ['orders/0', 0, 100],
      ['orders/1', 0, 100],
    ])
  })

  it('counts bytes once, however often their log changes', async () => {
    const { fetch, at } = setup()
    const waiting = fetch([{}], { minBytes: 250 })
    for (let index = 0; index < 2; index += 1) {
      at('orders', 0).append(batchOfSize(100))
      await settled()
    }
    expect(waiting.body).toBeUndefined()
    at('orders', 0).append(batchOfSize(100))
    await settled()
    expect(shape(waiting.body)).toEqual([['orders/0', 0, 300]])
  })

  it('counts of a partition no more than its limit', async () => {
    const { fetch, at } = setup()
    const waiting = fetch([{ maxBytes: 90 }], { minBytes: 100 })
    at('orders', 0).append(batchOfSize(200))
    await settled()
    expect(waiting.body).toBeUndefined()
  })

  it('is not woken by other partitions', async () => {
    const { fetch, at } = setup()
    const waiting = fetch([{}])
    at('orders', 1).append()
    await settled()
    expect(waiting.body).toBeUndefined()
  })

  it('of committed records is woken by the marker, not by the records', async () => {
    const { fetch, at } = setup()
    const { append, end } = at('orders', 0)
    const waiting = fetch([{}], { committed: true, maxWaitMs: 10_000 })
    append(batchOfSize(100, { producerId: 1n, transactional: true }))
    append(batchOfSize(100))
    await settled()
    expect(waiting.body).toBeUndefined()
    end(1n, true)
    await settled()
    expect(only(waiting.body)?.records).toHaveLength(278)
  })

  it('of committed records waits for the marker at the stable offset, and not beyond it', async () => {
    const { fetch, at } = setup()
    const { append, end } = at('orders', 0)
    append(batchOfSize(100))
    append(batchOfSize(100, { producerId: 1n, transactional: true }))
    append(batchOfSize(100))
    const waiting = fetch([{ offset: 1n }], { committed: true, maxWaitMs: 10_000 })
    for (const offset of [2n, 3n]) {
      expect(shape(fetch([{ offset }, { partition: 1 }], { committed: true }).body)).toEqual([
        ['orders/0', 0, 0],
        ['orders/1', 0, 0],
      ])
    }
    expect(fetch([{ offset: 3n }]).body).toBeUndefined()
    await settled()
    expect(waiting.body).toBeUndefined()
    end(1n, false)
    await settled()
    expect(only(waiting.body)).toMatchObject({
      errorCode: 0,
      abortedTransactions: [{ producerId: 1n, firstOffset: 1n }],
    })
  })

  it('whose offset is truncated is told so when its time is over', async () => {
    const { fetch, at, clock } = setup()
    const { log, append } = at('orders', 0)
    append(batchOfSize(100))
    const waiting = fetch([{}], { minBytes: 10_000 })
    log.truncateHead(1n)
    await settled()
    expect(waiting.body).toBeUndefined()
    await clock.advance(500)
    expect(only(waiting.body)?.errorCode).toBe(1)
  })

  it('ends at once when its topic is deleted or its leader epoch has passed', async () => {
    const ends: [code: number, change: (log: PartitionLog, remove: () => void) => unknown][] = [
      [3, (_log, remove) => remove()],
      [74, (log) => (log.leaderEpoch = 1)],
    ]
    for (const [code, change] of ends) {
      const { fetch, at, remove } = setup()
      const { log, append } = at('orders', 0)
      append(batchOfSize(100))
      const waiting = fetch([{ epoch: 0 }, { partition: 1 }], { minBytes: 10_000 })
      change(log, () => remove('orders', 0))
      await settled()
      expect(shape(waiting.body)?.find(([name]) => name === 'orders/0')?.[1]).toBe(code)
      expect(only(waiting.body)?.abortedTransactions).toBeNull()
    }
  })

  it('looks, at a change, at the log that changed and at no other', async () => {
    const { fetch, at } = setup()
    const { append } = at('orders', 0)
    const other = at('orders', 1).log
    fetch([{}, { partition: 1 }], { minBytes: 10_000 })
    let looks = 0
    const counted = other.readableBytes.bind(other)
    other.readableBytes = (...asked) => {
      looks += 1
      return counted(...asked)
    }
    for (let index = 0; index < 50; index += 1) {
      append(batchOfSize(100))
      await settled()
    }
    expect(looks).toBe(0)
  })

  it('leaves nothing behind when its connection has gone', async () => {
    const { fetch, at, clock } = setup()
    const { log, append } = at('orders', 0)
    let listeners = 0
    const [on, off] = [log.onChange.bind(log), log.offChange.bind(log)]
    log.onChange = (listener) => {
      listeners += 1
      return on(listener)
    }
    log.offChange = (listener) => {
      listeners -= 1
      off(listener)
    }
    const waiting = fetch([{}])
    expect([listeners, clock.timersWaiting]).toEqual([1, 1])
    waiting.parked?.drop()
    expect([listeners, clock.timersWaiting]).toEqual([0, 0])
    append()
    await settled()
    expect(waiting.body).toBeUndefined()
  })
})
