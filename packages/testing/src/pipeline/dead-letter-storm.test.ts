import {
  bytes,
  defineConsumer,
  handle,
  type HandleOptions,
  json,
  type MessageContext,
  topic,
  transform,
} from '@millrace/core'
import { describe, expect, it } from 'vitest'
import { testWorker } from '../test-worker.js'

const Orders = topic('orders', { key: bytes, value: bytes })
const Invoices = topic('invoices', { key: bytes, value: bytes })

const setup = async (fails: (ctx: MessageContext) => Error | undefined, options: HandleOptions = {}) => {
  const seen: bigint[] = []
  const placed = (_order: unknown, ctx: MessageContext): void => {
    const error = fails(ctx)
    if (error !== undefined) throw error
    if (ctx.partition === 0) seen.push(ctx.offset)
  }
  const handlers = [handle(Orders, { deadLetter: true, retry: 'none', ...options }, placed)]
  const worker = await testWorker({ consumers: [defineConsumer({ group: 'billing', handlers })], partitions: 2 })
  const sendAll = (count: number, partition = 0): void => {
    for (let at = 0; at < count; at += 1) worker.sendRaw('orders', { partition, value: `order ${at}` })
  }
  const named = (name: string) => worker.events.filter((event) => event.name === name)
  return { worker, seen, sendAll, named }
}
const away = new Error('connect ECONNREFUSED 10.0.0.1:5432')

describe('a storm of dead letters', () => {
  it('pauses its partition, loses nothing and keeps the order', async () => {
    let isAway = false
    const { worker, seen, sendAll, named } = await setup(({ partition }) =>
      isAway && partition === 0 ? away : undefined,
    )
    sendAll(50)
    await worker.settled()
    isAway = true
    sendAll(450)
    sendAll(20, 1)
    await worker.settled()
    expect(worker.deadLetters).toHaveLength(50)
    expect(named('partition.braked')).toMatchObject([{ topic: 'orders', partition: 0, offset: 100n, probeMs: 30_000 }])
    expect(worker.worker.inspect().notReadyBecause).toEqual(['orders[0] of group "billing" is paused: braked'])

    await worker.advance('10m')
    const [letter] = worker.deadLetters
    expect(worker.worker.inspect().groups[0]?.partitions[0]).toMatchObject({
      brakedBy: letter?.headers.get('error-fingerprint'),
      blockedBy: { offset: 100n, by: 'waiting', forMs: 0 },
      lanes: [{ offset: 100n, attempt: 1, doing: 'waiting', waitsFor: 'braked', behind: 399 }],
    })
    expect(worker.committed(Orders)).toEqual(
      new Map([
        [0, 100n],
        [1, 20n],
      ]),
    )
    expect(worker.deadLetters).toHaveLength(50)
    expect(named('record.waiting')).toHaveLength(21)
    expect(named('partition.braked')).toHaveLength(1)

    isAway = false
    await worker.advance('30s')
    expect(named('partition.released')).toMatchObject([{ because: 'passed', brakedMs: 630_000 }])
    expect(seen).toEqual([
      ...Array.from({ length: 50 }, (_, at) => BigInt(at)),
      ...Array.from({ length: 400 }, (_, at) => BigInt(100 + at)),
    ])
    expect(worker.worker.inspect().isReady).toBe(true)
    await worker.advance('1s')
    expect(worker.committed(Orders).get(0)).toBe(500n)
    await worker.stop()
  })

  it('ends when its record fails in another way, which is dead-lettered', async () => {
    let error: Error = away
    const { worker, sendAll, named } = await setup(() => error)
    sendAll(120)
    await worker.settled()
    expect(worker.deadLetters).toHaveLength(99)
    error = new Error('no such customer')
    await worker.advance('30s')
    expect(named('partition.released')).toMatchObject([{ because: 'failed-otherwise' }])
    expect(worker.deadLetters).toHaveLength(120)
    await worker.stop()
  })

  it('counts what can not be decoded: a bad rollout of a producer', async () => {
    const Typed = topic('orders', { key: bytes, value: json() })
    const read = handle(Typed, { deadLetter: true }, () => undefined)
    const worker = await testWorker({ consumers: [defineConsumer({ group: 'reading', handlers: [read] })] })
    for (let at = 0; at < 300; at += 1) worker.sendRaw('orders', { value: `{"broken ${at}` })
    await worker.settled()
    await worker.advance('5m')
    expect(worker.deadLetters).toHaveLength(99)
    expect(worker.events.find(({ name }) => name === 'partition.braked')).toMatchObject({ stage: 'decode' })
    await worker.stop()
  })

  it('holds the dead letters of a transform back as well', async () => {
    let isAway = true
    const copy = transform(Orders, { to: Invoices, deadLetter: true, retry: 'none' }, (value) => {
      if (isAway) throw away
      return { value }
    })
    const worker = await testWorker({ consumers: [defineConsumer({ group: 'copying', handlers: [copy] })] })
    for (let at = 0; at < 150; at += 1) worker.sendRaw('orders', { value: `order ${at}` })
    await worker.settled()
    await worker.advance('5m')
    expect(worker.deadLetters).toHaveLength(99)
    isAway = false
    await worker.advance('1m')
    expect(worker.produced).toHaveLength(51)
    expect(worker.committed(Orders).get(0)).toBe(150n)
    await worker.stop()
  })

  it('is retried like any other before it counts, and the attempts of what is held do not grow', async () => {
    const attempts: number[] = []
    const retry = { maxAttempts: 2, delayAfter: ({ attempt }: { attempt: number }) => (attempt < 2 ? 1 : undefined) }
    const { worker, sendAll } = await setup(
      (ctx) => {
        attempts.push(ctx.attempt)
        return away
      },
      { retry, brake: { records: 10 } },
    )
    sendAll(20)
    await worker.settled()
    await worker.advance('61s')
    expect(worker.deadLetters).toHaveLength(9)
    expect(attempts.slice(-4)).toEqual([1, 2, 2, 2])
    await worker.stop()
  })

  it('ends when its record passes after it was retried in between', async () => {
    const fatal = Object.assign(new Error('no such table'), { retriable: false })
    const last: unknown[] = [new Error('deadlock'), undefined]
    let isFatal = true
    const retry = { maxAttempts: 3, delayAfter: () => 1_000 }
    const { worker, sendAll, named } = await setup(() => (isFatal ? fatal : (last.shift() as Error | undefined)), {
      retry,
      brake: { records: 10 },
    })
    sendAll(20)
    await worker.settled()
    isFatal = false
    await worker.advance('30s')
    expect(named('partition.released')).toEqual([])
    await worker.advance('1s')
    expect(named('partition.released')).toMatchObject([{ because: 'passed' }])
    expect(worker.worker.inspect().isReady).toBe(true)
    expect(worker.waiting).toEqual([])
    await worker.stop()
  })

  it.each<[string, HandleOptions, number]>([
    ['of a handler that turns the brake off is written', { brake: 'off' }, 300],
    ['of a handler with its own numbers stops there', { brake: { records: 20 } }, 19],
  ])('%s', async (_which, options, letters) => {
    const { worker, sendAll } = await setup(() => away, options)
    sendAll(300)
    await worker.settled()
    await worker.advance('1m')
    expect(worker.deadLetters).toHaveLength(letters)
    await worker.stop()
  })

  it('is over when the worker stops: what was held is read again', async () => {
    const { worker, sendAll } = await setup(() => away)
    sendAll(120)
    await worker.settled()
    expect(await worker.stop()).toEqual({ abandoned: 21, inTime: true })
    expect(worker.committed(Orders).get(0)).toBe(99n)
  })
})

it('an at-most-once handler has no dead letters that a brake could hold back', async () => {
  const { worker, sendAll, named } = await setup(() => away, {
    delivery: 'at-most-once',
    deadLetter: undefined,
  } as object)
  sendAll(300)
  await worker.settled()
  await worker.advance('1m')
  expect(named('partition.braked')).toEqual([])
  expect(named('record.skipped')).toHaveLength(300)
  await worker.stop()
})

it('outputs that are refused for their size are no reason to hold a record that its lane has left behind', async () => {
  const large = transform(Orders, { to: Invoices, deadLetter: 'dead', retry: 'none' }, () => ({
    value: Buffer.alloc(600),
  }))
  const worker = await testWorker({
    consumers: [defineConsumer({ group: 'copying', handlers: [large] })],
    verifyTopics: false,
    prepare: (driver) => {
      driver.createTopic('invoices', { partitions: 1, maxMessageBytes: 500 })
      driver.createTopic('dead', { partitions: 1 })
    },
  })
  for (let at = 0; at < 150; at += 1) worker.sendRaw('orders', { value: `order ${at}` })
  await worker.settled()
  await worker.advance('10m')
  expect(worker.events.filter(({ name }) => name === 'partition.braked')).toEqual([])
  expect(worker.deadLetters).toHaveLength(150)
  expect(worker.committed(Orders).get(0)).toBe(150n)
  await worker.stop()
})
