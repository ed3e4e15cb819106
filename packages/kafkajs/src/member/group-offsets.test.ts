import { silentLogger } from '@millrace/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { KafkaFault } from '../client/kafka-fault.js'
import type { FetchedOffset } from '../wire/offset-fetch-request.js'
import type { Coordinator } from './coordinator.js'
import { fetchCommittedOffsets, STABLE_LIMIT_MS } from './group-offsets.js'

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

const partitions = [
  { topic: 'orders', partition: 0 },
  { topic: 'orders', partition: 1 },
]
const at = (partition: number, offset: bigint, errorCode = 0): FetchedOffset => ({
  topic: 'orders',
  partition,
  errorCode,
  offset,
})
const held = (partition: number): FetchedOffset => at(partition, -1n, 88)

type Answer = readonly FetchedOffset[] | { readonly errorCode: number }

/** A coordinator that gives these answers in turn, the last of them for ever. */
function setup(...answers: readonly Answer[]) {
  const asked: { readonly parameters: object; readonly code: number }[] = []
  const coordinator: Coordinator = {
    find: () => Promise.reject(new Error('not looked for here')),
    async ask(_api, parameters, codeOf) {
      const given = answers[Math.min(asked.length, answers.length - 1)] ?? []
      const answer = 'errorCode' in given ? { ...given, partitions: [] } : { errorCode: 0, partitions: given }
      asked.push({ parameters, code: codeOf(answer) })
      return answer
    },
  }
  const told: object[] = []
  const log = { ...silentLogger, info: (fields: object) => void told.push(fields) }
  const over = new AbortController()
  const limits = { limitMs: 1000, signal: over.signal, log }
  return { asked, told, over, fetching: fetchCommittedOffsets(coordinator, 'billing', partitions, limits) }
}

describe('the offsets of a group', () => {
  it('are asked for as stable ones, and those that are committed are told', async () => {
    const { asked, told, fetching } = setup([at(0, 15n), at(1, -1n)])
    expect(await fetching).toEqual(new Map([['orders/0', 15n]]))
    expect(asked).toMatchObject([{ parameters: { group: 'billing', partitions, requireStable: true } }])
    expect(told).toEqual([])
  })

  it('are waited for while a transaction holds one of them, and that is said once', async () => {
    const { asked, told, fetching } = setup([at(0, 15n), held(1)], [at(0, 15n), held(1)], [at(0, 15n), at(1, 20n)])
    await vi.advanceTimersByTimeAsync(1000)
    expect(await fetching).toEqual(
      new Map([
        ['orders/0', 15n],
        ['orders/1', 20n],
      ]),
    )
    expect(asked.length).toBe(3)
    expect(told).toEqual([{ group: 'billing', topic: 'orders', partition: 1 }])
  })

  it('are waited for as long as a transaction may last, and that is said again every 90 s', async () => {
    const { told, fetching } = setup([at(0, 15n), held(1)])
    const rejected = expect(fetching).rejects.toThrow()
    const seen: number[] = []
    for (const seconds of [89, 2, 90, 720]) {
      await vi.advanceTimersByTimeAsync(seconds * 1000)
      seen.push(told.length)
    }
    expect(seen).toEqual([1, 2, 3, 11])
    await vi.advanceTimersByTimeAsync(STABLE_LIMIT_MS)
    await rejected
  })

  it('are given up at the limit, with the partition and the transaction in the reason', async () => {
    const { fetching } = setup([at(0, 15n), held(1)])
    const rejected = expect(fetching).rejects.toMatchObject({
      errorCode: 88,
      message: 'a transaction has held the committed offset of orders/1 for 1200 s: UNSTABLE_OFFSET_COMMIT',
    })
    await vi.advanceTimersByTimeAsync(STABLE_LIMIT_MS - 1000)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1000)
    await rejected
    expect(vi.getTimerCount()).toBe(0)
  })

  it('are not asked for again once the generation is over', async () => {
    const { asked, over, fetching } = setup([held(0), at(1, 1n)])
    await vi.advanceTimersByTimeAsync(500)
    const before = asked.length
    const rejected = expect(fetching).rejects.toThrow('revoked')
    over.abort(new Error('revoked'))
    await rejected
    expect([asked.length, vi.getTimerCount()]).toEqual([before, 0])
  })

  it('are not taken for missing because the answer was an error', async () => {
    await expect(setup({ errorCode: 30 }).fetching).rejects.toMatchObject({ errorCode: 30 })
    await expect(setup([at(0, 15n), at(1, -1n, 29)]).fetching).rejects.toBeInstanceOf(KafkaFault)
    // An error beside a pending transaction is no reason to wait.
    await expect(setup([held(0), at(1, -1n, 29)]).fetching).rejects.toMatchObject({ errorCode: 29 })
  })

  it('of a topic that is gone are none', async () => {
    expect(await setup([at(0, 15n), at(1, -1n, 3)]).fetching).toEqual(new Map([['orders/0', 15n]]))
  })

  it.each([
    ['in the answer itself', { errorCode: 16 }, 16],
    ['in the partitions', [at(0, 1n), at(1, -1n, 16)], 16],
    ['nowhere', [at(0, 1n), at(1, 2n)], 0],
  ] as const)('tell the coordinator what is wrong with it: %s', async (_where, answer, code) => {
    const { asked, fetching } = setup(answer)
    await fetching.catch(() => undefined)
    expect(asked[0]?.code).toBe(code)
  })
})
