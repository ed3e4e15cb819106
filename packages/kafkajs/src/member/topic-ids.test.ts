import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { WireFault } from '../wire/wire-fault.js'
import { createFakeCluster } from './test-support/fake-cluster.js'
import { createTopicIds } from './topic-ids.js'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const ids = new Map([['orders', 'first']])
const frozen = new Promise<never>(() => undefined)

function setup(answers: Readonly<Record<number, () => Promise<unknown>>>) {
  const asked: number[] = []
  const { cluster, drop, dropped } = createFakeCluster(Object.keys(answers).map(Number), (nodeId) => {
    asked.push(nodeId)
    return answers[nodeId]?.() ?? frozen
  })
  const over = new AbortController()
  const topicIds = createTopicIds({ cluster, drop })
  const ask = (first?: number) => topicIds.ask(['orders'], over.signal, first)
  return { ask, asked, dropped, over }
}

it('asks the node that is named first, and after that the one that answered last', async () => {
  const { ask, asked } = setup({ 1: async () => ids, 2: async () => ids, 3: async () => ids })
  expect(await ask(3)).toBe(ids)
  await ask()
  await ask(2)
  expect(asked).toEqual([3, 3, 2])
})

it('asks the next node after a second of silence, and drops a silent one after five', async () => {
  const { ask, asked, dropped } = setup({ 1: () => frozen, 2: async () => ids })
  const asking = ask()
  await vi.advanceTimersByTimeAsync(999)
  expect(asked).toEqual([1])
  await vi.advanceTimersByTimeAsync(1)
  expect(await asking).toBe(ids)
  expect(dropped).toEqual([])
  await vi.advanceTimersByTimeAsync(4000)
  expect(dropped).toEqual([1])
})

it('takes the late answer of a slow node, and drops nobody for it', async () => {
  const slow = Promise.withResolvers<unknown>()
  const { ask, dropped } = setup({ 1: () => slow.promise, 2: () => Promise.reject(new Error('refused')) })
  const asking = ask()
  await vi.advanceTimersByTimeAsync(3000)
  slow.resolve(ids)
  expect(await asking).toBe(ids)
  await vi.advanceTimersByTimeAsync(10_000)
  expect(dropped).toEqual([])
})

it('rejects with the last failure when no node answers, and with the reason of an end', async () => {
  const refused = setup({ 1: () => Promise.reject(new Error('refused')) })
  await expect(refused.ask()).rejects.toThrow('refused')
  await expect(setup({}).ask()).rejects.toThrow('no broker is known')
  const ended = setup({ 1: () => frozen, 2: () => frozen })
  const asking = ended.ask()
  ended.over.abort(new Error('the generation is over'))
  await expect(asking).rejects.toThrow('the generation is over')
  await vi.advanceTimersByTimeAsync(10_000)
  expect(ended.dropped).toEqual([])
})

it('knows no ids where the brokers are too old to tell', async () => {
  const { ask } = setup({ 1: () => Promise.reject(new WireFault('unsupported-format', 'Metadata 9')) })
  expect(await ask()).toEqual(new Map())
})
