import { stat } from 'node:fs/promises'
import {
  Consumer,
  defineConsumer,
  exponential,
  fromEnv,
  Handle,
  handle,
  json,
  type MessageContext,
  topic,
  utf8,
} from '@millrace/core'
import { afterEach, describe, expect, it } from 'vitest'
import { type TestWorker, testWorker, type TestWorkerOptions } from './test-worker.js'

interface Order {
  readonly orderId: string
  readonly amount: number
}
/** A Standard Schema by hand: what a schema library would give. */
const orderSchema: {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (
      value: unknown,
    ) => { readonly value: Order } | { readonly issues: readonly { message: string }[] }
    readonly types?: { readonly input: Order; readonly output: Order }
  }
} = {
  '~standard': {
    version: 1,
    vendor: 'test',
    validate(value) {
      if (typeof value !== 'object' || value === null || !('orderId' in value))
        return { issues: [{ message: 'no order' }] }
      return { value: { orderId: String(value.orderId), amount: 'amount' in value ? Number(value.amount) : 0 } }
    },
  },
}
const Orders = topic('orders.v1', { key: utf8, value: json(orderSchema) })

type Handler = (order: Order, ctx: MessageContext<string>) => unknown

const open: TestWorker[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((worker) => worker.stop()))
})

async function setup(fn: Handler, options: Partial<TestWorkerOptions> = {}, handleOptions = {}) {
  const consumer = defineConsumer({
    group: 'billing',
    handlers: [handle(Orders, { retry: exponential({ attempts: 3 }), deadLetter: true, ...handleOptions }, fn)],
  })
  const worker = await testWorker({ consumers: [consumer], ...options })
  open.push(worker)
  return worker
}

/** Fails as often as told, per order. */
function failing(times: number) {
  const seen: string[] = []
  const fn: Handler = (order, { attempt }) => {
    seen.push(`${order.orderId}#${attempt}`)
    if (attempt <= times) throw new Error(`no, ${order.orderId}`)
  }
  return { seen, fn }
}

describe('testWorker', () => {
  it('hands typed messages to a handler and commits them', async () => {
    const seen: unknown[] = []
    const worker = await setup((order, ctx) => seen.push([order.amount, ctx.key, ctx.headers.get('h'), ctx.offset]))
    await worker.send(Orders, { key: 'c1', value: { orderId: 'o1', amount: 3 }, headers: { h: 'x' } })
    const at = await worker.send(Orders, { value: { orderId: 'o2', amount: 4 } })
    await worker.settled()
    expect(at).toMatchObject({ topic: 'orders.v1', partition: 0, offset: 1n })
    expect(seen).toEqual([
      [3, 'c1', 'x', 0n],
      [4, null, undefined, 1n],
    ])
    await worker.advance('200ms')
    expect(worker.committed(Orders)).toEqual(new Map([[0, 2n]]))
    expect(worker.waiting).toEqual([])
  })

  it('does not compile a message of another type', async () => {
    const worker = await setup(() => undefined)
    // @ts-expect-error -- amount is a number
    const wrong = (): unknown => worker.send(Orders, { value: { orderId: 'o1', amount: '3' } })
    expect(wrong).toBeTypeOf('function')
  })

  it('settles while a retry waits, says so, and runs it when time is moved', async () => {
    const { seen, fn } = failing(1)
    const worker = await setup(fn)
    await worker.send(Orders, { value: { orderId: 'o1', amount: 1 } })
    await worker.send(Orders, { value: { orderId: 'o2', amount: 1 } })
    await worker.settled()
    expect(seen).toEqual(['o1#1'])
    expect(worker.waiting).toEqual([expect.stringContaining('orders.v1[0] from offset 0: 1 waiting for a retry')])
    await worker.advance('199ms')
    expect(seen).toEqual(['o1#1'])
    await worker.advance('1ms')
    expect(seen).toEqual(['o1#1', 'o1#2', 'o2#1'])
  })

  it('shows dead letters with their bytes, headers and source', async () => {
    const worker = await setup(failing(99).fn)
    await worker.send(Orders, { key: 'c1', value: { orderId: 'o1', amount: 1 }, headers: { h: 'x' } })
    await worker.settled()
    expect(worker.deadLetters).toEqual([])
    await worker.advance('600ms')
    const [letter, ...more] = worker.deadLetters
    expect(more).toEqual([])
    expect(letter).toMatchObject({
      topic: 'orders.v1.billing.dlq',
      key: Buffer.from('c1'),
      error: 'no, o1',
      source: { topic: 'orders.v1', partition: 0, offset: 0n },
    })
    expect(letter?.headers.get('h')).toBe('x')
    expect(letter?.headers.get('attempts')).toBe('3')
    expect(String(letter?.value)).toBe('{"orderId":"o1","amount":1}')
    expect(worker.produced).toEqual([])
    expect(worker.events.map(({ name }) => name)).toContain('record.dead-lettered')
  })

  it('takes bytes that no serde would write', async () => {
    const worker = await setup(() => undefined)
    worker.sendRaw(Orders, { value: '{"broken' })
    await worker.settled()
    expect(worker.deadLetters).toMatchObject([{ value: Buffer.from('{"broken') }])
    expect(worker.deadLetters[0]?.headers.get('stage')).toBe('decode')
  })

  it('gives handlers that do real work real time', async () => {
    const seen: string[] = []
    const worker = await setup(async ({ orderId }) => {
      await stat(process.execPath)
      seen.push(orderId)
    })
    await worker.send(Orders, { value: { orderId: 'o1', amount: 1 } })
    await worker.settled()
    expect(seen).toEqual(['o1'])
  })

  it('says what is stuck when a handler never ends, and its time limit still applies', async () => {
    const worker = await setup(
      () => new Promise(() => undefined),
      { patienceMs: 5 },
      { retry: exponential({ attempts: 1 }) },
    )
    await worker.send(Orders, { value: { orderId: 'o1', amount: 1 } })
    await expect(worker.settled()).rejects.toThrow(
      /handlers still run after 5 real ms\n.*orders\.v1\[0\] from offset 0: 1 running/,
    )
    await worker.advance('30s')
    expect(worker.deadLetters).toMatchObject([{ error: expect.stringContaining('20000 ms') }])
  })

  it('waits for nothing when a dead letter can not be written, and goes on when it can', async () => {
    const worker = await setup(failing(99).fn, {}, { retry: exponential({ attempts: 1 }) })
    worker.driver.failNextSends(1)
    await worker.send(Orders, { value: { orderId: 'o1', amount: 1 } })
    await worker.settled()
    expect(worker.waiting).toEqual([expect.stringContaining('paused: dead-letter-failing')])
    await worker.advance('1s')
    expect(worker.deadLetters).toHaveLength(1)
    expect(worker.waiting).toEqual([])
  })

  it('shows what handlers produce, in topics that come to exist by it', async () => {
    const worker: TestWorker = await setup(async ({ orderId }) => {
      const sender = await worker.driver.openSender()
      await sender.send({ topic: 'invoices.v1', key: null, value: Buffer.from(orderId) })
    })
    await worker.send(Orders, { value: { orderId: 'o1', amount: 1 } })
    await worker.settled()
    expect(worker.produced).toMatchObject([{ topic: 'invoices.v1', value: Buffer.from('o1') }])
    expect(worker.deadLetters).toEqual([])
  })

  it('refuses a record for a topic that no handler reads', async () => {
    const worker = await setup(() => undefined)
    expect(() => worker.sendRaw('order.v1', {})).toThrow(
      'no handler of this worker reads "order.v1"; it reads: orders.v1',
    )
  })

  it('finds topics under the names of the environment and the prefix', async () => {
    const Named = topic(fromEnv('ORDERS_TOPIC', 'orders'), { key: utf8, value: utf8 })
    const seen: string[] = []
    const consumer = defineConsumer({
      group: 'billing',
      handlers: [handle(Named, { deadLetter: true }, (value, ctx) => seen.push(`${ctx.topic} ${value}`))],
    })
    const worker = await testWorker({ consumers: [consumer], topicPrefix: 'eu.', env: { ORDERS_TOPIC: 'o2' } })
    open.push(worker)
    await worker.send(Named, { value: 'a' })
    await worker.settled()
    expect(seen).toEqual(['eu.o2 a'])
  })

  it('runs annotated classes over several partitions, from where an earlier run stopped', async () => {
    const seen: string[] = []
    @Consumer({ group: 'billing' })
    class Billing {
      @Handle(Orders, { deadLetter: true })
      placed(order: Order, ctx: MessageContext<string>): void {
        seen.push(`${order.orderId} in ${ctx.partition}`)
      }
    }
    const worker = await testWorker({
      consumers: [Billing],
      partitions: 2,
      prepare: (driver) => {
        driver.createTopic('orders.v1', { partitions: 2 })
        for (const orderId of ['o1', 'o2'])
          driver.send('orders.v1', { partition: 1, value: `{"orderId":"${orderId}"}` })
        driver.setCommitted('orders.v1', 1, 1n, 'billing')
      },
    })
    open.push(worker)
    await worker.settled()
    expect(seen).toEqual(['o2 in 1'])
  })

  it('survives a rebalance and a dying member: everything is settled, nothing twice', async () => {
    const { seen, fn } = failing(0)
    const worker = await setup(fn)
    await worker.send(Orders, { value: { orderId: 'o1', amount: 1 } })
    await worker.settled()
    await worker.driver.rebalance()
    await worker.send(Orders, { value: { orderId: 'o2', amount: 1 } })
    await worker.settled()
    await worker.advance('1s')
    await worker.driver.killMember(new Error('boom'))
    await worker.send(Orders, { value: { orderId: 'o3', amount: 1 } })
    await worker.settled()
    expect(worker.waiting).toEqual(['group "billing" has not joined'])
    await worker.advance('1m')
    expect(seen).toEqual(['o1#1', 'o2#1', 'o3#1'])
    expect(worker.worker.inspect().groups[0]).toMatchObject({ isJoined: true, deaths: 1 })
  })

  it('stops once, commits what is settled, and moves time for a handler that does not end', async () => {
    const worker = await setup(() => new Promise(() => undefined), { patienceMs: 5 })
    await worker.send(Orders, { value: { orderId: 'o1', amount: 1 } })
    await worker.clock.settle()
    const [one, other] = await Promise.all([worker.stop(), worker.stop()])
    expect(one).toBe(other)
    expect(one).toMatchObject({ abandoned: 1 })
    expect(worker.worker.state).toBe('stopped')
    await expect(worker.settled()).rejects.toThrow('the worker is stopped')
  })

  it('fails at stop when the pipeline broke the rules of the driver', async () => {
    const worker = await testWorker({
      consumers: [defineConsumer({ group: 'g', handlers: [handle(Orders, { deadLetter: true }, () => undefined)] })],
    })
    // A commit that nobody asked the pipeline for, as a broken one would make it.
    const [violations] = [worker.driver.violations as string[]]
    violations.push('g committed orders.v1[0] at 9')
    await expect(worker.stop()).rejects.toThrow('broke its own rules:\n  g committed orders.v1[0] at 9')
  })

  it('takes a few milliseconds', async () => {
    const worker = await setup(failing(1).fn)
    for (let at = 0; at < 1_000; at += 1) worker.sendRaw(Orders, { value: `{"orderId":"o${at}"}` })
    await worker.settled()
    expect(worker.waiting).toHaveLength(1)
  })
})
