import { systemClock } from '@millrace/core'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { bounded } from '../client/bounded.js'
import { fetchFromLeader } from './fetch-from-leader.js'
import { createFakeCluster } from './test-support/fake-cluster.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A fetch that is never answered; node 2 says who leads. */
function setup(throttledForMs: number, { isConnected = true } = {}) {
  const asked: number[] = []
  const led = { by: 1 }
  const { cluster, drop, dropped } = createFakeCluster([1, 2], async (nodeId) => {
    asked.push(nodeId)
    const partitionMetadata = [{ partitionId: 0, leader: led.by }]
    return { topicMetadata: [{ topic: 'orders', partitionMetadata }] }
  })
  if (!isConnected) {
    const find = cluster.findBroker
    cluster.findBroker = (node) => (Number(node.nodeId) === 1 ? new Promise(() => undefined) : find(node))
  }
  const learned: unknown[] = []
  const over = new AbortController()
  let failure: unknown
  fetchFromLeader({
    ...{ client: { cluster, drop }, clock: systemClock, leader: 1, signal: over.signal },
    leaders: { learn: (found) => void learned.push(found.get('orders')?.get(0)) },
    wanted: [{ topic: 'orders', partition: 0 }],
    request: { maxWaitMs: 500, minBytes: 1, maxBytes: 1024, topics: [] },
    lines: {
      throttledForMs: () => throttledForMs,
      fetch: (_broker, _request, limitMs, signal) =>
        bounded(new Promise(() => undefined), 'the fetch', limitMs, signal),
    },
  }).catch((error: unknown) => (failure = error))
  return { asked, led, dropped, learned, over, failure: () => failure }
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

it.each([
  ['keeps its connections', { isConnected: true }, [1]],
  ['is being connected to', { isConnected: false }, []],
])('leaves a frozen node that %s as soon as another one leads, and says who does', async (_what, how, drops) => {
  const { led, dropped, learned, failure } = setup(0, how)
  await vi.advanceTimersByTimeAsync(2000)
  expect([failure(), learned]).toEqual([undefined, []])
  led.by = 2
  await vi.advanceTimersByTimeAsync(1000)
  expect(failure()).toMatchObject({ message: 'node 1 does not answer, and another one leads' })
  expect([dropped, learned]).toEqual([drops, [2]])
  expect(vi.getTimerCount()).toBe(0)
})
