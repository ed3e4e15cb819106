import type { DriverEvent, ReceivedBatch } from '@millrace/core'
import { createManualClock } from '@millrace/testing'
import { afterEach, expect, it } from 'vitest'
import { bounded } from '../client/bounded.js'
import { defaultDecodeLimits } from '../wire/decode-limits.js'
import type { FetchResponse } from '../wire/decode-fetch-response.js'
import { encodeRecordBatch } from '../wire/encode-record-batch.js'
import type { FetchRequest } from '../wire/fetch-from-broker.js'
import { FetchLoop, type FetchParts } from './fetch-loop.js'
import { PartitionLease } from './partition-lease.js'
import { asksForStart, createFakeCluster } from './test-support/fake-cluster.js'

const OFFSET_OUT_OF_RANGE = 1

let stop: () => void = () => undefined
afterEach(() => stop())

/** One lease at a log whose ends, id and leader the test moves; every fetch waits for `answer`. */
function setup(options: Partial<FetchParts['options']> = {}, position = 10n) {
  const clock = createManualClock()
  const log = { start: 0n, end: 10n, id: 'first', leader: 1, isIdKnown: true }
  const lists = { isHeld: false, held: [] as (() => void)[] }
  const { cluster, drop, dropped } = createFakeCluster([1, 2], async (_node, _api, parameters) => {
    if (lists.isHeld) await new Promise<void>((resolve) => lists.held.push(resolve))
    const offset = String(asksForStart(parameters) ? log.start : log.end)
    return { responses: [{ topic: 'orders', partitions: [{ partition: 0, errorCode: 0, offset }] }] }
  })
  const fetches: { readonly offset: bigint; resolve(response: FetchResponse): void }[] = []
  const seen = { events: [] as DriverEvent[], batches: [] as ReceivedBatch[], restarts: [] as bigint[] }
  const commits: bigint[] = []
  const lease = new PartitionLease({
    ...{ topic: 'orders', partition: 0, epoch: 1, startOffset: position, position, startFrom: 'earliest' },
    restart: undefined,
  })
  lease.topicId = log.id
  const loop = new FetchLoop([lease], {
    ...{ client: { cluster, drop }, clock, group: 'billing', limits: defaultDecodeLimits },
    leaders: {
      ...{ leaderOf: () => log.leader, partitionCount: () => 1, refresh: async () => undefined },
      learn: () => undefined,
    },
    topicIds: {
      async ask() {
        if (!log.isIdKnown) throw new Error('nobody tells')
        return new Map([['orders', log.id]])
      },
    },
    lines: {
      throttledForMs: () => 0,
      fetch: (_broker, request, limitMs, signal) => {
        const { promise, resolve } = Promise.withResolvers<FetchResponse>()
        fetches.push({ offset: offsetOf(request), resolve })
        return bounded(promise, 'the fetch', limitMs, signal)
      },
    },
    options: { startFrom: 'earliest', outOfRange: 'latest', maxBytesPerPartition: 1024, ...options },
    onRecords: (_lease, batch) => void seen.batches.push(batch),
    onEvent: (event) => void seen.events.push(event),
    commitStart: async (_lease, offset) => void commits.push(offset),
    onLogRestarted: (restarted, offset) => {
      seen.restarts.push(offset)
      restarted.end()
    },
    onBroken: (error) => {
      throw error
    },
  })
  stop = () => loop.stop()
  const answer = async (errorCode = 0): Promise<void> => {
    await clock.settle()
    fetches.shift()?.resolve(answered(errorCode, log.end))
    await clock.settle()
  }
  return { clock, log, lists, dropped, fetches, seen, commits, lease, loop, answer }
}

const offsetOf = ({ topics }: FetchRequest): bigint => topics[0]?.partitions[0]?.fetchOffset ?? -1n

function recordsAt(baseOffset: bigint, count: number): Buffer {
  const one = { key: null, value: Buffer.from('x'), timestamp: 1, headers: [] }
  const bytes = encodeRecordBatch(Array.from({ length: count }, () => one))
  bytes.writeBigInt64BE(baseOffset, 0)
  return bytes
}

const answered = (errorCode: number, end: bigint, records: Buffer | null = null): FetchResponse => ({
  ...{ throttleTimeMs: 0, errorCode: 0 },
  partitions: [
    {
      ...{ topic: 'orders', partition: 0, errorCode, records, abortedTransactions: [] },
      ...{ highWatermark: end, lastStableOffset: end, logStartOffset: 0n },
    },
  ],
})

const jumps = (events: readonly DriverEvent[]) =>
  events.flatMap((event) => (event.name === 'partition.out-of-range' ? [[event.from, event.to]] : []))

it('jumps once into a topic that was created again, however often it is suspected later', async () => {
  const { log, lease, seen, answer, fetches, clock } = setup()
  await answer()
  Object.assign(log, { id: 'second', end: 30n })
  lease.isSuspect = true
  await answer() // the fetch that was under way
  expect(jumps(seen.events)).toEqual([[10n, 30n]])
  expect(lease.position).toBe(30n)
  log.end = 50n
  lease.isSuspect = true
  await answer()
  await clock.settle()
  expect([jumps(seen.events).length, lease.position, fetches[0]?.offset]).toEqual([1, 30n, 30n])
})

it('learns the id that nobody told at first at the next suspicion, and goes by it', async () => {
  const { log, lease, seen, answer } = setup()
  lease.topicId = undefined
  lease.isSuspect = true
  await answer()
  Object.assign(log, { id: 'second', end: 30n })
  lease.isSuspect = true
  await answer()
  await answer()
  expect(jumps(seen.events)).toEqual([[10n, 30n]])
})

it('goes back in a shorter log after a second, also when the partition has been failing for long and was reported', async () => {
  const { log, lease, seen, answer, clock } = setup({ outOfRange: 'earliest' })
  await answer(6)
  for (let tries = 0; tries < 5; tries += 1) {
    await clock.advance(5000)
    await answer(6)
  }
  expect(seen.events.map(({ name }) => name)).toEqual(['partition.failed'])
  log.end = 4n
  await clock.advance(5000)
  await answer(OFFSET_OUT_OF_RANGE)
  expect(seen.restarts).toEqual([]) // its leader may have just changed
  await clock.advance(5000)
  await answer(OFFSET_OUT_OF_RANGE)
  expect(seen.restarts).toEqual([0n])
  expect(lease.isLive).toBe(false)
})

it('stays where it is when the leader knows the end of its log within the second', async () => {
  const { log, lease, seen, answer, clock } = setup({ outOfRange: 'earliest' })
  log.end = 4n
  await answer(OFFSET_OUT_OF_RANGE)
  log.end = 10n
  await clock.advance(100)
  await answer(OFFSET_OUT_OF_RANGE)
  expect([seen.restarts, seen.events, lease.position]).toEqual([[], [], 10n])
  await clock.advance(5000)
  log.end = 4n
  await answer(OFFSET_OUT_OF_RANGE)
  expect(seen.restarts).toEqual([]) // counted anew
})

it('commits no start of a lease that was moved while its log was asked', async () => {
  const { log, lease, lists, seen, commits, answer, clock } = setup({}, 5n)
  Object.assign(log, { start: 20n, end: 30n })
  lists.isHeld = true
  await answer(OFFSET_OUT_OF_RANGE)
  lease.seek(25n)
  lists.isHeld = false
  for (const release of lists.held) release()
  await clock.settle()
  expect([commits, jumps(seen.events), lease.position]).toEqual([[], [], 25n])
})

it('commits a start at the end before it says or hands over anything', async () => {
  const { log, seen, commits, answer } = setup({}, 5n)
  Object.assign(log, { start: 20n, end: 30n })
  await answer(OFFSET_OUT_OF_RANGE)
  expect([commits, jumps(seen.events), seen.batches.map(({ nextOffset }) => nextOffset)]).toEqual([
    [30n],
    [[5n, 30n]],
    [30n],
  ])
})

it('hands nothing over after a stop, and leaves nothing behind that drops connections', async () => {
  const { clock, loop, seen, dropped, answer } = setup()
  await clock.settle()
  loop.stop()
  expect(clock.timersWaiting).toBe(1) // of the watch, which ends with the fetch
  await clock.settle()
  expect(clock.timersWaiting).toBe(0)
  await answer()
  await clock.advance(60_000)
  expect([seen.batches, dropped]).toEqual([[], []])
})

it('takes the answer of one leader where two were asked for the same lease', async () => {
  const { log, lease, seen, fetches, clock } = setup()
  await clock.settle()
  log.leader = 2
  lease.pause()
  lease.resume()
  await clock.settle()
  expect(fetches.map(({ offset }) => offset)).toEqual([10n, 10n])
  const [slow, fast] = fetches.splice(0)
  fast?.resolve(answered(0, 15n, recordsAt(10n, 5)))
  await clock.settle()
  slow?.resolve(answered(0, 15n, recordsAt(10n, 2)))
  await clock.settle()
  expect([lease.position, seen.batches.map(({ nextOffset }) => nextOffset)]).toEqual([15n, [15n]])
})
