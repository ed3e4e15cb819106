import {
  allOf,
  anyOf,
  type ConsumerDefinition,
  type ConsumerOptions,
  DeadLetter,
  defineConsumer,
  exponential,
  fieldIs,
  type FunctionHandleOptions,
  handle,
  headerIs,
  json,
  otherwise,
  type Serde,
  topic,
  transform,
  utf8,
} from '@millrace/core'
import { afterEach, describe, expect, it } from 'vitest'
import { type TestWorker, testWorker } from './test-worker.js'

const Orders = topic('orders.v1', { key: utf8, value: json() })
const Invoices = topic('invoices.v1', { key: utf8, value: utf8 })
const placed = headerIs('event-type', 'order.placed')
const errors = headerIs('event-type', '*.error')

const open: TestWorker[] = []
afterEach(async () => {
  await Promise.all(open.splice(0).map((worker) => worker.stop())) // holds every ledger against itself
})

/** Handlers whose runs are told as `name: value`. */
async function setup(
  routes: Readonly<Record<string, Omit<FunctionHandleOptions, 'name'> & { readonly does?: () => unknown }>>,
  own: Partial<ConsumerOptions> = {},
  on = Orders,
) {
  const ran: string[] = []
  const handlers = Object.entries(routes).map(([name, { does, ...options }]) =>
    handle(on, { name, ...options }, (value) => {
      ran.push(`${name}: ${JSON.stringify(value)}`)
      return does?.()
    }),
  )
  const defaults = { deadLetter: true, retry: 'none' } as const
  return { ...(await start(defineConsumer({ group: 'g', defaults, ...own, handlers }), on)), ran }
}

async function start(consumer: ConsumerDefinition, on = Orders) {
  const test = await testWorker({ consumers: [consumer] })
  open.push(test)
  const send = async (type: string | undefined, value: unknown = 1): Promise<void> => {
    await test.send(on, { value, ...(type === undefined ? {} : { headers: { 'event-type': type } }) })
  }
  const sendRaw = (type: string, text: string) =>
    test.sendRaw(on, {
      value: Buffer.from(text),
      headers: [[Buffer.from('event-type'), Buffer.from(type)]],
    })
  /** What is not zero in the totals, by handler. */
  const totals = () =>
    Object.fromEntries(
      test.worker
        .inspect()
        .handlers.map(({ handler, group: _g, topic: _t, ...counts }) => [
          handler,
          Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)),
        ]),
    )
  const letters = () =>
    test.deadLetters.map(({ topic: to, headers }) =>
      [to, headers.get('handler'), headers.get('stage'), headers.get('error-code') ?? headers.get('error-type')].join(
        ' ',
      ),
    )
  return { test, send, sendRaw, totals, letters }
}

describe('a record of a topic with several handlers', () => {
  it('goes to the one whose condition it meets, in the order of the partition', async () => {
    const { test, send, ran, totals } = await setup({
      placed: { when: placed },
      errors: { when: errors },
      rest: { when: otherwise },
    })
    for (const type of ['order.placed', 'order.error', 'x', undefined, 'order.placed']) await send(type, type ?? null)
    await test.settled()
    expect(ran).toEqual([
      'placed: "order.placed"',
      'errors: "order.error"',
      'rest: "x"',
      'rest: null',
      'placed: "order.placed"',
    ])
    const twice = { received: 2, processed: 2, attempts: 2 }
    expect(totals()).toEqual({
      placed: twice,
      errors: { received: 1, processed: 1, attempts: 1 },
      rest: twice,
      unrouted: {},
    })
  })

  it('that nobody takes becomes a dead letter that says so, is not retried and not decoded', async () => {
    const { test, send, sendRaw, ran, totals, letters } = await setup({
      placed: { when: placed, retry: exponential() },
    })
    await send('order.gone')
    sendRaw('order.gone', 'no JSON')
    await send(undefined)
    await test.settled()
    expect(ran).toEqual([])
    expect(letters()).toEqual(Array(3).fill('orders.v1.g.dlq unrouted route MILLRACE_ROUTE_UNROUTABLE'))
    expect(test.deadLetters.map(({ error }) => error)).toEqual([
      expect.stringContaining('header event-type is "order.gone"'),
      expect.stringContaining('header event-type is "order.gone"'),
      expect.stringContaining('header event-type is missing'),
    ])
    expect(totals()).toEqual({ placed: {}, unrouted: { received: 3, deadLettered: 3, attempts: 3 } })
  })

  it('is skipped and said to be, where nobody takes it and that was written', async () => {
    const { test, send, totals, letters } = await setup({ placed: { when: placed } }, { unmatched: 'skip' })
    await send('order.gone')
    await test.settled()
    expect(test.events).toContainEqual(
      expect.objectContaining({ name: 'record.skipped', handler: 'unrouted', reason: 'unroutable' }),
    )
    expect([letters(), totals()['unrouted']]).toEqual([[], { received: 1, skipped: 1, attempts: 1 }])
  })

  it('halts its partition, where nobody takes it and that was written', async () => {
    const { test, send, totals, ran } = await setup({ placed: { when: placed } }, { unmatched: 'halt' })
    await send('order.gone')
    await send('order.placed')
    await test.settled()
    expect([test.waiting.length, ran]).toEqual([1, []])
    expect(totals()['unrouted']).toEqual({ received: 1, inFlight: 1, attempts: 1 })
  })

  it('fails by the rules of its own handler', async () => {
    const does = (): never => {
      throw new Error('down')
    }
    const { test, send, letters, totals } = await setup({
      placed: { when: placed, does, retry: exponential({ attempts: 3 }), deadLetter: 'parked' },
      errors: { when: errors, does, onExhausted: 'skip' },
      fatal: {
        when: headerIs('event-type', 'fatal'),
        does: () => {
          throw new DeadLetter('no')
        },
      },
    })
    await send('order.placed')
    await send('order.error')
    await send('fatal')
    await test.settled()
    await test.advance('1m')
    expect(letters().sort()).toEqual(['orders.v1.g.dlq fatal handle DeadLetter', 'parked placed handle Error'])
    expect(totals()).toMatchObject({
      placed: { received: 1, deadLettered: 1, attempts: 3, retriesInPlace: 2 },
      errors: { received: 1, skipped: 1, attempts: 1 },
      fatal: { received: 1, deadLettered: 1 },
    })
    expect(test.events).toContainEqual(
      expect.objectContaining({ name: 'record.skipped', handler: 'errors', reason: 'exhausted' }),
    )
  })

  it('has the time limit of its handler, and its error names it', async () => {
    const never = () => new Promise(() => undefined)
    const { test, send, letters } = await setup({
      placed: { when: placed, does: never, timeout: '1s' },
      errors: { when: errors, timeout: '30s' },
    })
    await send('order.placed')
    await test.advance('6s')
    expect(letters()).toEqual(['orders.v1.g.dlq placed handle MILLRACE_HANDLER_TIMED_OUT'])
    expect(test.deadLetters[0]?.error).toContain('placed did not finish within its time limit of 1000 ms')
  })

  it('that its header gives to a handler and that can not be decoded is the failure of that one', async () => {
    const { test, sendRaw, letters } = await setup({
      placed: { when: placed, deadLetter: 'parked' },
      errors: { when: errors },
    })
    sendRaw('order.placed', 'no JSON')
    await test.settled()
    expect(letters()).toEqual(['parked placed decode MILLRACE_DECODE_FAILED'])
  })

  it('runs inside the middleware of its own handler and of the consumer', async () => {
    const seen: string[] = []
    const { test, send } = await setup(
      {
        placed: { when: placed, middleware: [(_message, _context, next) => (seen.push('own'), next())] },
        errors: { when: errors },
      },
      { middleware: [(_message, _context, next) => (seen.push('consumer'), next())] },
    )
    await send('order.error')
    await send('order.placed')
    await send('gone')
    await test.settled()
    expect(seen).toEqual(['consumer', 'consumer', 'own'])
  })

  it('at most once is skipped where nobody takes it', async () => {
    const { test, send, totals, ran } = await setup(
      { placed: { when: placed, delivery: 'at-most-once' } },
      { defaults: {} },
    )
    await send('gone')
    await send('order.placed')
    await test.settled()
    expect(ran).toHaveLength(1)
    expect(totals()).toEqual({
      placed: { received: 1, processed: 1, attempts: 1 },
      unrouted: { received: 1, skipped: 1, attempts: 1 },
    })
  })
})

describe('a record whose fields decide', () => {
  const later: Serde<unknown> = {
    ...json(),
    decode: async (bytes, context) => {
      await Promise.resolve()
      return json().decode(bytes, context)
    },
  }

  it.each([
    ['at once', json()],
    ['later', later],
  ])('is decoded %s, once, and goes to the handler that its field names', async (_when, value) => {
    let decoded = 0
    const counting: Serde<unknown> = {
      ...value,
      decode(bytes, context) {
        decoded += 1
        return value.decode(bytes, context)
      },
    }
    const { test, send, ran, totals, letters } = await setup(
      {
        a: { when: fieldIs('kind', 'a') },
        both: { when: allOf(headerIs('event-type', 'x'), fieldIs('kind', 'b')), priority: 1 },
        b: { when: anyOf(fieldIs('kind', 'b'), fieldIs('kind', 'c')) },
      },
      {},
      topic('orders.v1', { key: utf8, value: counting }),
    )
    await send('x', { kind: 'a' })
    await send('x', { kind: 'b' })
    await send('y', { kind: 'b' })
    await send('y', { kind: 'c' })
    await send('y', { kind: 'd' })
    await test.settled()
    expect(ran).toEqual(['a: {"kind":"a"}', 'both: {"kind":"b"}', 'b: {"kind":"b"}', 'b: {"kind":"c"}'])
    expect([decoded, letters()]).toEqual([5, ['orders.v1.g.dlq unrouted route MILLRACE_ROUTE_UNROUTABLE']])
    expect(totals()).toMatchObject({
      a: { received: 1 },
      both: { received: 1 },
      b: { received: 2 },
      unrouted: { deadLettered: 1 },
    })
    expect(test.deadLetters[0]?.error).not.toContain('"d"') // no payload in an error
  })

  it.each([
    [
      'the handler that its header names',
      { placed: { when: placed }, field: { when: fieldIs('kind', 'a'), priority: 1 } },
      'placed',
    ],
    ['the handler of the rest', { rest: { when: otherwise }, field: { when: fieldIs('kind', 'a') } }, 'rest'],
    ['nobody', { field: { when: fieldIs('kind', 'a') } }, 'unrouted'],
  ])('and that can not be decoded is the failure of %s', async (_case, routes, handler) => {
    const { test, sendRaw, letters, totals } = await setup(routes)
    sendRaw('order.placed', 'no JSON')
    await test.settled()
    expect(letters()).toEqual([`orders.v1.g.dlq ${handler} decode MILLRACE_DECODE_FAILED`])
    expect(totals()[handler]).toEqual({ received: 1, deadLettered: 1, attempts: 1 })
  })

  it('is chosen anew when it could not be decoded at first, and counted once', async () => {
    let failures = 1
    const flaky: Serde<unknown> = {
      ...json(),
      decode(bytes, context) {
        if (failures-- > 0) throw new Error('not now')
        return json().decode(bytes, context)
      },
    }
    const retry = exponential()
    const { test, send, ran, totals } = await setup(
      { placed: { when: placed, retry }, field: { when: fieldIs('kind', 'a'), priority: 1, retry } },
      {},
      topic('orders.v1', { key: utf8, value: flaky }),
    )
    await send('order.placed', { kind: 'a' })
    await test.settled()
    expect(totals()).toMatchObject({ placed: { attempts: 1, retriesInPlace: 1 }, field: {} })
    await test.advance('10s')
    expect(ran).toEqual(['field: {"kind":"a"}'])
    expect(totals()).toMatchObject({
      placed: { attempts: 1, retriesInPlace: 1 },
      field: { received: 1, processed: 1, attempts: 1 },
    })
    expect(totals()['placed']).not.toHaveProperty('received')
  })

  it('and whose decoding never ends fails at the time limit of its topic', async () => {
    const stuck: Serde<unknown> = { ...json(), decode: () => new Promise(() => undefined) }
    const { test, send, letters } = await setup(
      { field: { when: fieldIs('kind', 'a'), timeout: '2s' }, rest: { when: otherwise, timeout: '1s' } },
      {},
      topic('orders.v1', { key: utf8, value: stuck }),
    )
    await send(undefined)
    await test.advance('7s')
    expect(letters()).toEqual(['orders.v1.g.dlq rest decode MILLRACE_HANDLER_TIMED_OUT'])
  })

  it('and that is being decoded when the worker stops is still handled', async () => {
    const decoding = Promise.withResolvers<unknown>()
    const slow: Serde<unknown> = { ...json(), decode: () => decoding.promise }
    const { test, send, totals } = await setup(
      { field: { when: fieldIs('kind', 'a') } },
      {},
      topic('orders.v1', { key: utf8, value: slow }),
    )
    await send(undefined)
    await test.advance(0)
    const stopping = test.stop()
    await test.advance(0)
    decoding.resolve({ kind: 'a' })
    expect((await stopping).abandoned).toBe(0)
    expect(totals()).toMatchObject({ field: { received: 1, processed: 1, attempts: 1 }, unrouted: {} })
  })
})

describe('counts of several handlers', () => {
  it('add up at every moment: a running record is its handler’s, a waiting one nobody’s yet', async () => {
    const release = Promise.withResolvers<void>()
    const { test, send, totals } = await setup({ placed: { when: placed, does: () => release.promise } })
    await send('order.placed')
    await send('order.placed')
    await send('gone')
    await test.advance(0)
    expect(totals()).toEqual({ placed: { received: 1, inFlight: 1, attempts: 1 }, unrouted: {} })
    const [lease] = test.worker.inspect().groups[0]?.partitions ?? []
    expect(lease).toMatchObject({ inFlight: { queued: 2, running: 1 }, ledger: { received: 3 } })
    const stopping = test.stop()
    await test.advance(0)
    release.resolve()
    expect((await stopping).abandoned).toBe(2)
    expect(totals()).toEqual({
      placed: { received: 1, processed: 1, attempts: 1 },
      unrouted: { received: 2, abandoned: 2 },
    })
  })
})

describe('a handler of several that halts', () => {
  it('holds the partition, and gives its record back at the end', async () => {
    const does = (): never => {
      throw new Error('no')
    }
    const { test, send, totals } = await setup({ placed: { when: placed, does, onExhausted: 'halt' } })
    await send('order.placed')
    await test.settled()
    expect(totals()['placed']).toEqual({ received: 1, inFlight: 1, attempts: 1 })
    expect((await test.stop()).abandoned).toBe(1)
    expect(totals()).toEqual({ placed: { received: 1, abandoned: 1, attempts: 1 }, unrouted: {} })
  })
})

describe('transforms of one topic', () => {
  it('have their outputs, dead letters and offsets in one transaction, each by its own handler', async () => {
    const made = (name: string, type: string, value: string | undefined) =>
      transform(Orders, { to: Invoices, name, when: headerIs('event-type', type) }, () => {
        if (value === undefined) throw new Error('no')
        return { key: 'k', value }
      })
    const defaults = { deadLetter: true, retry: 'none' } as const
    const handlers = [made('a', 'a', 'of a'), made('b', 'b', 'of b'), made('broken', 'c', undefined)]
    const { test, send, totals, letters } = await start(defineConsumer({ group: 'g', defaults, handlers }))
    for (const type of ['a', 'b', 'c', 'd']) await send(type)
    await test.settled()
    await test.advance('1s')
    expect(test.produced.map(({ value }) => value?.toString())).toEqual(['of a', 'of b'])
    expect(letters()).toEqual([
      'orders.v1.g.dlq broken handle Error',
      'orders.v1.g.dlq unrouted route MILLRACE_ROUTE_UNROUTABLE',
    ])
    expect(test.committed(Orders)).toEqual(new Map([[0, 4n]]))
    const one = { received: 1, attempts: 1 }
    expect(totals()).toEqual({
      a: { ...one, processed: 1 },
      b: { ...one, processed: 1 },
      broken: { ...one, deadLettered: 1 },
      unrouted: { ...one, deadLettered: 1 },
    })
  })

  it('may stand beside a handler without outputs, at least once', async () => {
    const when = headerIs('event-type', 'a')
    const handled: unknown[] = []
    const handlers = [
      transform(Orders, { to: Invoices, name: 'a', when, delivery: 'at-least-once' }, () => ({
        key: 'k',
        value: 'of a',
      })),
      handle(Orders, { name: 'rest', when: otherwise }, (value) => void handled.push(value)),
    ]
    const { test, send, totals } = await start(defineConsumer({ group: 'g', defaults: { deadLetter: true }, handlers }))
    await send('a')
    await send('b', 'rest')
    await test.settled()
    await test.advance('1s')
    expect([test.produced.length, handled]).toEqual([1, ['rest']])
    const one = { received: 1, processed: 1, attempts: 1 }
    expect(totals()).toEqual({ a: one, rest: one, unrouted: {} })
  })
})
