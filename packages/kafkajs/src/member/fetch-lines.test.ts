import { createManualClock } from '@millrace/testing'
import { expect, it } from 'vitest'
import type { Broker } from '../internals.js'
import { OURS } from '../wire/register-protocols.js'
import { createFetchLines } from './fetch-lines.js'
import { createFakeCluster } from './test-support/fake-cluster.js'

const request = {
  ...{ maxWaitMs: 500, minBytes: 1, maxBytes: 1024 },
  topics: [{ topic: 'orders', partitions: [{ partition: 0, fetchOffset: 0n, maxBytes: 1024 }] }],
}

/** An empty Fetch answer, version 11. */
const throttled = (throttleTimeMs: number): Buffer => {
  const bytes = Buffer.alloc(14)
  bytes.writeInt32BE(throttleTimeMs, 0)
  return bytes
}

const receiverIn = (partition: object | undefined): unknown =>
  partition !== undefined && OURS in partition ? partition[OURS] : undefined

const hasReceive = (found: unknown): found is { receive(bytes: Buffer, version: number): number } =>
  typeof found === 'object' && found !== null && 'receive' in found

it('says for how long a broker wants to be left alone', async () => {
  const clock = createManualClock()
  const { cluster } = createFakeCluster([1], () => Promise.reject(new Error('nothing else is asked')))
  const fetch: Broker['fetch'] = async ({ topics }) => {
    const receiver = receiverIn(topics[0]?.partitions[0])
    return hasReceive(receiver) ? receiver.receive(throttled(20_000), 11) : undefined
  }
  const broker: Broker = { ...(await cluster.findBroker({ nodeId: 1 })), fetch }
  const lines = createFetchLines(clock)
  expect(lines.throttledForMs(broker)).toBe(0)
  await lines.fetch(broker, request, 1000, new AbortController().signal)
  expect(lines.throttledForMs(broker)).toBe(20_000)
  await clock.advance(15_000)
  expect(lines.throttledForMs(broker)).toBe(5000)
  await clock.advance(15_000)
  expect(lines.throttledForMs(broker)).toBe(0)
})
