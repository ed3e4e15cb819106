import { systemClock } from '@millrace/core'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { bounded } from '../client/bounded.js'
import { fetchFromLeader } from './fetch-from-leader.js'
import { createFakeCluster } from './test-support/fake-cluster.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A fetch that is never answered; node 2 says who leads. */
function setup(throttledForMs: number) {
  const asked: number[] = []
  const led = { by: 1 }
  const { cluster, drop, dropped } = createFakeCluster([1, 2], async (nodeId) => {
    asked.push(nodeId)
    const partitionMetadata = [{ partitionId: 0, leader: led.by }]
    return { topicMetadata: [{ topic: 'orders', partitionMetadata }] }
  })
  const over = new AbortController()
  let failure: unknown
  fetchFromLeader({
    ...{ client: { cluster, drop }, clock: systemClock, leader: 1, signal: over.signal },
    wanted: [{ topic: 'orders', partition: 0 }],
    request: { maxWaitMs: 500, minBytes: 1, maxBytes: 1024, topics: [] },
    lines: {
      throttledForMs: () => throttledForMs,
      fetch: (_broker, _request, limitMs, signal) =>
        bounded(new Promise(() => undefined), 'the fetch', limitMs, signal),
    },
  }).catch((error: unknown) => (failure = error))
  return { asked, led, dropped, over, failure: () => failure }
}

it('gives a throttled fetch the time of its throttling, in its limit and before anybody else is asked', async () => {
  const { asked, dropped, failure } = setup(20_000)
  await vi.advanceTimersByTimeAsync(21_499)
  expect(asked).toEqual([])
  await vi.advanceTimersByTimeAsync(1)
  expect(asked).toEqual([2])
  await vi.advanceTimersByTimeAsync(8999)
  expect([failure(), dropped]).toEqual([undefined, []])
  await vi.advanceTimersByTimeAsync(1)
  expect([failure(), dropped]).toMatchObject([{ name: 'TimedOut' }, [1]])
})

it('leaves nothing behind that drops connections when its generation has stopped', async () => {
  const { asked, led, dropped, over, failure } = setup(0)
  await vi.advanceTimersByTimeAsync(1000)
  led.by = 2
  over.abort(new Error('stopped'))
  await vi.advanceTimersByTimeAsync(0)
  expect(failure()).toMatchObject({ message: 'stopped' })
  expect(vi.getTimerCount()).toBe(0)
  await vi.advanceTimersByTimeAsync(60_000)
  expect([asked, dropped]).toEqual([[], []])
})
