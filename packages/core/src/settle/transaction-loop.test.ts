import { expect, it } from 'vitest'
import type { Lease, LeaseCommit } from '../receive/driver.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { receivedRecord } from '../test-support/records.js'
import type { Outlet } from './outlet.js'
import { type TransactedLease, TransactionLoop } from './transaction-loop.js'

/** A lease with something to store, once or each time it is asked, and an outlet that answers when the test says so. */
function setup({ isEndless = true } = {}) {
  let isLeft = true
  const clock = createHandClock()
  const log: string[] = []
  const begun: { readonly answer: PromiseWithResolvers<void>; readonly signal: AbortSignal }[] = []
  const outlet: Outlet = {
    counts: { stored: 0, failed: 0, lost: 0 },
    begin: () => ({
      send: async () => void log.push('send'),
      commit: (_offsets: readonly LeaseCommit[], signal) => {
        const answer = Promise.withResolvers<void>()
        begun.push({ answer, signal })
        signal.addEventListener('abort', () => answer.reject(new Error('cut')))
        log.push(`begin ${begun.length}`)
        if (signal.aborted) answer.reject(new Error('cut'))
        return answer.promise
      },
      abort: async () => void log.push('abort'),
    }),
    judge: ({ message }) => (message === 'unknown' || message === 'fenced' ? message : 'aborted'),
    stored: ({ records, outputs, durationMs }) => void log.push(`stored ${records} ${outputs} after ${durationMs}`),
    failed: ({ message }) => void log.push(`failed: ${message}`),
    lost: ({ message }) => void log.push(`lost: ${message}`),
  }
  const entry = { record: receivedRecord(0), as: 'processed', outputs: [], bytes: 0 } as const
  const lease: TransactedLease = {
    lease: { isLive: true } as Lease,
    ...{ startOffset: 100n, retryAt: 0, waiting: 1, ready: 0 },
    take: () => (isLeft && clock.now() >= lease.retryAt ? { entries: [entry], end: 1 } : undefined),
    stored: () => {
      isLeft = isEndless
      log.push('lease stored')
    },
    restore: () => void log.push('lease restored'),
    lose: () => void log.push('lease lost'),
    refuse: async () => undefined,
    hold: () => undefined,
    stall: () => void log.push('lease stalled'),
  }
  const pace = { intervalMs: 100, records: 5 }
  const full = { is: false }
  const loop = new TransactionLoop({ pace, clock, outlet, isFull: () => full.is, leases: () => [lease] })
  return { clock, log, begun, full, lease, loop, outlet }
}
const open = new AbortController().signal
const settle = () => new Promise((resolve) => setImmediate(resolve))

it('has one transaction in flight, and begins the next when as much time has passed, or an interval since it began', async () => {
  const { clock, begun, loop } = setup()
  for (let count = 0; count < 5; count += 1) loop.decided(1)
  expect(begun).toHaveLength(1)
  await clock.advance(30)
  for (let count = 0; count < 5; count += 1) loop.decided(1)
  expect(begun).toHaveLength(1)
  begun[0]?.answer.resolve()
  await clock.advance(29)
  expect(begun).toHaveLength(1)
  await clock.advance(1)
  expect(begun).toHaveLength(2)
})

it('begins at once when the buffer is full, and the next one as soon as that is stored', async () => {
  const { begun, full, loop } = setup()
  loop.decided(1)
  full.is = true
  expect(begun).toHaveLength(0)
  loop.decided(1)
  expect(begun).toHaveLength(1)
  loop.decided(1)
  begun[0]?.answer.resolve()
  await settle()
  expect(begun).toHaveLength(2)
})

it('says how long it took, and that it is stored before its leases do', async () => {
  const { clock, begun, loop, log } = setup()
  loop.decided(1)
  await clock.advance(100)
  await clock.advance(30)
  begun[0]?.answer.resolve()
  await settle()
  expect(log).toEqual(['begin 1', 'stored 1 0 after 30', 'lease stored'])
})

it('aborts what it could not send as a whole', async () => {
  const { clock, loop, log, outlet } = setup()
  const { begin } = outlet
  outlet.begin = () => {
    outlet.begin = begin
    throw new Error('closed')
  }
  loop.decided(1)
  await clock.advance(100)
  expect(log).toEqual(['lease restored', 'failed: closed'])
  await clock.advance(50)
  expect(log.at(-1)).toBe('begin 1')
})

it('a flush waits for what is in flight and stores what is there by then', async () => {
  const { begun, lease, loop } = setup()
  loop.decided(1)
  loop.idle()
  let isDone = false
  void loop.flush(open, open).then(() => (isDone = true))
  begun[0]?.answer.resolve()
  await settle()
  expect([begun.length, isDone]).toEqual([2, false])
  Object.assign(lease, { take: () => undefined })
  begun[1]?.answer.resolve()
  await settle()
  expect([begun.length, isDone]).toEqual([2, true])
})

it('a flush tries again until what is left is stored', async () => {
  const { clock, begun, loop } = setup({ isEndless: false })
  let isDone = false
  void loop.flush(open, open).then(() => (isDone = true))
  await settle()
  for (const at of [0, 1, 2]) {
    expect([begun.length, isDone]).toEqual([at + 1, false])
    begun[at]?.answer.reject(new Error('no'))
    await clock.advance(250)
  }
  begun[3]?.answer.resolve()
  await settle()
  expect([begun.length, isDone]).toEqual([4, true])
})

it('a flush that has no more time tries once', async () => {
  const { begun, loop } = setup()
  let isDone = false
  void loop.flush(AbortSignal.abort(), open).then(() => (isDone = true))
  await settle()
  expect([begun.length, isDone]).toEqual([1, false])
  begun[0]?.answer.reject(new Error('no'))
  await settle()
  expect([begun.length, isDone]).toEqual([1, true])
})

it('a flush that comes to its end cuts what is open short and begins nothing; later ones are not cut', async () => {
  const { begun, loop, log } = setup()
  loop.decided(1)
  loop.idle()
  const end = new AbortController()
  const flushed = loop.flush(AbortSignal.abort(), end.signal)
  end.abort('revoked')
  await flushed
  expect([begun.length, begun[0]?.signal.aborted, log.at(-1)]).toEqual([1, true, 'failed: cut'])
  void loop.flush(AbortSignal.abort(), open)
  await settle()
  expect([begun.length, begun[1]?.signal.aborted]).toEqual([2, false])
})

it('begins nothing when it is closed, and cuts what is open short', async () => {
  const { clock, begun, loop } = setup()
  loop.decided(1)
  loop.idle()
  loop.close()
  await clock.advance(10_000)
  loop.decided(1)
  await clock.advance(10_000)
  expect([begun.length, begun[0]?.signal.aborted, clock.pending]).toEqual([1, true, 0])
})

it('shows trouble after five failures in a row', async () => {
  const { clock, begun, loop, log } = setup()
  loop.decided(1)
  for (let failures = 1; failures <= 5; failures += 1) {
    await clock.advance(1_000)
    begun.at(-1)?.answer.reject(new Error('no'))
    await settle()
    expect(log.includes('lease stalled')).toBe(failures === 5)
  }
})

it('takes nothing of a lease that is over, or whose topic is left alone for a while', async () => {
  const { clock, begun, lease, loop } = setup()
  Object.assign(lease.lease, { isLive: false })
  loop.decided(1)
  await clock.advance(1_000)
  expect([begun.length, clock.pending]).toEqual([0, 0])
  Object.assign(lease.lease, { isLive: true })
  lease.retryAt = 5_000
  loop.decided(1)
  await clock.advance(3_999)
  expect(begun).toHaveLength(0)
  await clock.advance(1)
  expect(begun).toHaveLength(1)
})

it.each([
  ['unknown', 'lease lost'],
  ['fenced', 'lease restored'],
])('sends nothing again of a transaction that may be stored: %s', async (message, expected) => {
  const { clock, begun, log, loop } = setup()
  loop.decided(1)
  await clock.advance(100)
  begun[0]?.answer.reject(new Error(message))
  await settle()
  expect(log).toEqual(['begin 1', expected, `lost: ${message}`])
})

it('counts failures in a row: after a success the next pause is short again', async () => {
  const { clock, begun, loop } = setup()
  loop.decided(1)
  await clock.advance(100)
  for (const pauseMs of [50, 100, 200]) {
    const before = begun.length
    begun.at(-1)?.answer.reject(new Error('no'))
    await settle()
    await clock.advance(pauseMs - 1)
    expect(begun).toHaveLength(before)
    await clock.advance(1)
    expect(begun).toHaveLength(before + 1)
  }
  begun.at(-1)?.answer.resolve()
  await settle()
  loop.decided(1)
  await clock.advance(100)
  const before = begun.length
  begun.at(-1)?.answer.reject(new Error('no'))
  await clock.advance(50)
  expect(begun).toHaveLength(before + 1)
})

it('takes no more than fits into an interval, and the rest at once', async () => {
  const { clock, begun, lease, log, loop } = setup()
  const asked: number[] = []
  const take = lease.take
  Object.assign(lease, {
    ready: 5_000,
    take: (atMost: number) => {
      asked.push(atMost)
      return take(atMost)
    },
  })
  loop.decided(1_000)
  await clock.advance(10)
  begun[0]?.answer.resolve()
  await settle()
  expect(log).toContain('begin 1')
  expect(asked).toEqual([2_000])
  await clock.advance(10)
  expect(asked).toEqual([2_000, 2_000])
})

it('gets smaller until what it holds can be stored, and stores all of it then', async () => {
  const { clock, lease, log, loop, outlet } = setup()
  let left = 40
  let taken = 0
  const entries = (count: number) => Array.from({ length: count }, () => ({ outputs: [] }))
  Object.assign(lease, {
    take(atMost: number) {
      taken = Math.min(left, atMost)
      return taken === 0 ? undefined : { entries: entries(taken), end: 40 - left + taken }
    },
    stored: () => void (left -= taken),
  })
  Object.defineProperty(lease, 'ready', { get: () => left })
  const begin = () => ({
    send: async () => undefined,
    commit: async () => {
      await clock.wait(60 * taken, open)
      if (taken > 3) throw new Error('not in time')
    },
    abort: async () => undefined,
  })
  Object.assign(outlet, { begin })
  loop.decided(40)
  for (let waits = 0; waits < 500 && left > 0; waits += 1) {
    await settle()
    await clock.advance(100)
  }
  expect(left).toBe(0)
  expect(log.filter((line) => line.startsWith('failed')).length).toBe(9)
})
