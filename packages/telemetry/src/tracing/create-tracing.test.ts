import {
  fail,
  type AttemptedRecord,
  type Driver,
  type OutgoingRecord,
  type RecordTrace,
  type Sender,
} from '@millrace/core'
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AlwaysOffSampler } from '@opentelemetry/sdk-trace'
import { afterEach, describe, expect, it } from 'vitest'
import { outlineOf, registerSdk } from '../test-support/otel-sdk.js'
import { createTracing, type TracingOptions } from './create-tracing.js'

const handler = { name: 'Billing.placed', group: 'billing', topic: { name: 'orders' } }
const origin = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const traceparent = `00-${origin.traceId}-${origin.spanId}-01`

const header = (name: string, value: string) => [Buffer.from(name), Buffer.from(value)] as const
const textOf = ({ headers = [] }: OutgoingRecord) => headers.map(([name, value]) => `${String(name)}: ${String(value)}`)

const recordOf = (given: {
  readonly headers?: AttemptedRecord['raw']['headers']
  readonly key?: Buffer | null
  readonly value?: Buffer | null
  readonly attempt?: number
  readonly trace?: RecordTrace
}): AttemptedRecord => {
  const { headers = [], key = null, value = Buffer.from('{}'), attempt = 1, trace: before } = given
  return {
    raw: { offsetDelta: 0, timestamp: 0, key, value, headers, sizeBytes: 2 },
    source: { topic: 'orders', partition: 3, generation: 7 },
    offset: 105n,
    attempt,
    trace: before,
  }
}

let sdk: ReturnType<typeof registerSdk> | undefined
afterEach(async () => {
  await sdk?.close()
  sdk = undefined
})

async function setup(options: TracingOptions = {}, answer?: (record: OutgoingRecord) => Promise<never>) {
  sdk ??= registerSdk()
  const { spans, points } = sdk
  const sent: OutgoingRecord[] = []
  const send: Sender['send'] = async (record) => {
    sent.push(record)
    await answer?.(record)
    return { topic: record.topic, partition: 2, offset: 9n, timestamp: 0 }
  }
  const sender: Sender = { send, flush: async () => undefined, close: async () => undefined }
  const driver: Driver = {
    ...{ name: 'scripted', capabilities: { transactions: true, staticMembership: false } },
    describeTopics: async () => new Map(),
    join: () => expect.unreachable(),
    openSender: async () => sender,
    openTransactions: async () => ({
      begin: () => ({ send, commit: async () => undefined, abort: async () => undefined }),
      close: async () => undefined,
    }),
    close: async () => undefined,
  }
  const tracing = createTracing({ env: {}, ...options })
  await tracing.load()
  const begin = (record: Parameters<typeof recordOf>[0]) =>
    tracing.instrument?.begin?.(recordOf(record), handler) ?? expect.unreachable()
  const outlines = () => spans().map(outlineOf)
  return { tracing, driver: tracing.watch(driver), sender, sent, begin, outlines, points }
}

const succeeded = { kind: 'succeeded' } as const
const failedWith = (error: Error) => ({ kind: 'failed', failure: { stage: 'handle', error } }) as const

describe('without a registered SDK', () => {
  it('nothing is watched, and senders are what they were', async () => {
    const sender: Sender = {
      send: () => expect.unreachable(),
      flush: async () => undefined,
      close: async () => undefined,
    }
    const tracing = createTracing({ env: {} })
    await tracing.load()
    expect(tracing.instrument).toBeUndefined()
    const driver = tracing.watch({ openSender: async () => sender } as unknown as Driver)
    expect(await driver.openSender()).toBe(sender)
    expect(tracing.detached(() => 5)).toBe(5)
  })
})

describe('the span of an attempt', () => {
  it('has the names of the conventions, and what samplers decide by from its start', async () => {
    const { begin, outlines } = await setup({ clientId: 'billing-1' })
    const attempt = begin({ key: Buffer.from('ann'), attempt: 2 })
    attempt.end(succeeded, handler)
    expect(outlines()).toMatchObject([
      {
        ...{ name: 'process orders', kind: SpanKind.CONSUMER, status: SpanStatusCode.UNSET },
        attributes: {
          'messaging.system.name': 'kafka',
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.destination.name': 'orders',
          'messaging.destination.partition.id': '3',
          'messaging.consumer.group.name': 'billing',
          'messaging.client.id': 'billing-1',
          'kafka.offset': 105,
          'kafka.message.key': 'ann',
          'millrace.handler': 'Billing.placed',
          'millrace.attempt': 2,
          'millrace.generation': 7,
          'millrace.outcome': 'succeeded',
        },
      },
    ])
    expect(Object.keys(outlines()[0]?.attributes ?? {})).not.toContain('messaging.system')
    expect([attempt.traceId, attempt.spanId]).toEqual([outlines()[0]?.traceId, outlines()[0]?.spanId])
  })

  it('carries the old names as well where they are asked for', async () => {
    const { begin, outlines } = await setup({ env: { OTEL_SEMCONV_STABILITY_OPT_IN: 'http, messaging/dup' } })
    begin({ key: Buffer.from('ann'), value: null }).end(succeeded, handler)
    expect(outlines()[0]?.attributes).toMatchObject({
      ...{ 'messaging.system': 'kafka', 'messaging.system.name': 'kafka' },
      ...{ 'messaging.kafka.offset': 105, 'kafka.offset': 105 },
      ...{ 'messaging.kafka.message.key': 'ann', 'messaging.kafka.message.tombstone': true },
    })
  })

  it.each([
    ['without a key', null],
    ['with a binary key', Buffer.from([0xff, 0xfe])],
    ['with a very long key', Buffer.alloc(129, 'k')],
  ])('names no key of a record %s', async (_what, key) => {
    const { begin, outlines } = await setup()
    begin({ key }).end(succeeded, handler)
    expect(outlines()[0]?.attributes).not.toHaveProperty('kafka.message.key')
  })

  it('is a child of the span that sent the record', async () => {
    const { begin, outlines } = await setup()
    begin({ headers: [header('traceparent', traceparent)] }).end(succeeded, handler)
    expect(outlines()).toMatchObject([{ traceId: origin.traceId, parentId: origin.spanId, links: [] }])
  })

  it('begins a trace of its own with a link in mode link, and keeps the baggage', async () => {
    const { begin, outlines } = await setup({ traceMode: 'link' })
    const attempt = begin({ headers: [header('traceparent', traceparent), header('baggage', 'tenant=blue')] })
    const tenant = attempt.run(() => propagation.getActiveBaggage()?.getEntry('tenant')?.value)
    attempt.end(succeeded, handler)
    expect(tenant).toBe('blue')
    expect(outlines()).toMatchObject([{ parentId: undefined, links: [origin.spanId] }])
    expect(outlines()[0]?.traceId).not.toBe(origin.traceId)
  })

  it('belongs to nobody where the record carries nothing, even inside of another span', async () => {
    const { begin, outlines } = await setup()
    const outer = trace.getTracer('test').startSpan('startup')
    context.with(trace.setSpan(context.active(), outer), () => begin({}).end(succeeded, handler))
    expect(outlines()).toMatchObject([{ parentId: undefined }])
  })

  it('is linked to the attempt before', async () => {
    const { begin, outlines } = await setup()
    const first = begin({ headers: [header('traceparent', traceparent)] })
    first.end(failedWith(new Error('no')), handler)
    const second = begin({ headers: [header('traceparent', traceparent)], attempt: 2, trace: first })
    second.end(succeeded, handler)
    expect(outlines()).toMatchObject([{ links: [] }, { traceId: origin.traceId, links: [first.spanId] }])
  })

  it('is active while the handler runs, across its awaits', async () => {
    const { begin } = await setup()
    const attempt = begin({})
    const inside = await attempt.run(async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return trace.getActiveSpan()?.spanContext().spanId
    })
    expect(inside).toBe(attempt.spanId)
    expect(trace.getActiveSpan()).toBeUndefined()
  })

  it('tells a failure by its code or class, without the secrets of its message', async () => {
    const { begin, outlines } = await setup()
    begin({}).end(failedWith(fail('MILLRACE_DECODE_TOMBSTONE', { topic: 'orders' })), handler)
    begin({}).end(failedWith(new RangeError('password=hunter2 is too short')), { ...handler, name: 'Billing.other' })
    expect(outlines()).toMatchObject([
      {
        status: SpanStatusCode.ERROR,
        attributes: { 'error.type': 'MILLRACE_DECODE_TOMBSTONE', 'millrace.stage': 'handle' },
      },
      { events: ['exception'], attributes: { 'error.type': 'RangeError', 'millrace.handler': 'Billing.other' } },
    ])
    expect(JSON.stringify(sdk?.spans().map(({ events, status }) => [events, status]))).not.toContain('hunter2')
  })

  it('gives outputs its own context as headers', async () => {
    const { begin } = await setup()
    const attempt = begin({ headers: [header('traceparent', traceparent), header('baggage', 'a=b')] })
    expect(attempt.headers().map(String)).toEqual([
      `traceparent,00-${origin.traceId}-${attempt.spanId}-01`,
      'baggage,a=b',
    ])
  })
})

describe('the span of a record that is sent', () => {
  const order: OutgoingRecord = { topic: 'orders', key: null, value: Buffer.from('{}') }

  it('is a child of what is active, and its context goes with the record', async () => {
    const { driver, sent, outlines } = await setup()
    const sender = await driver.openSender()
    const request = trace.getTracer('test').startSpan('POST /orders')
    const report = await context.with(trace.setSpan(context.active(), request), () =>
      sender.send({ ...order, headers: [header('a', 'b')] }),
    )
    expect(report).toMatchObject({ partition: 2, offset: 9n })
    const { traceId, spanId } = request.spanContext()
    const [span] = outlines()
    expect(span).toMatchObject({
      ...{ name: 'send orders', kind: SpanKind.PRODUCER, traceId, parentId: spanId, links: [] },
      attributes: {
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.partition.id': '2',
        'kafka.offset': 9,
      },
    })
    expect(sent.map(textOf)).toEqual([['a: b', `traceparent: 00-${traceId}-${span?.spanId}-01`]])
  })

  it('leaves the context that a record carries, and is linked to it', async () => {
    const { driver, sent, outlines } = await setup()
    const sender = await driver.openSender()
    const headers = [header('traceparent', traceparent), header('error', 'no')]
    const attempt = trace.getTracer('test').startSpan('process orders')
    await context.with(trace.setSpan(context.active(), attempt), () => sender.send({ ...order, headers }))
    expect(sent.map(({ headers: own }) => own)).toEqual([headers])
    expect(outlines()).toMatchObject([{ parentId: attempt.spanContext().spanId, links: [origin.spanId] }])
  })

  it('is a child of the context that a record of a transaction carries', async () => {
    const { driver, outlines } = await setup()
    const sender = await driver.openTransactions(
      { transactionalId: 'billing' } as Parameters<Driver['openTransactions']>[0],
      AbortSignal.abort(),
    )
    await sender.begin().send({ ...order, headers: [header('traceparent', traceparent)] })
    expect(outlines()).toMatchObject([{ traceId: origin.traceId, parentId: origin.spanId, links: [] }])
  })

  it.each([
    [
      'a traceparent that is none is outvoted',
      [header('traceparent', 'rubbish')],
      ['traceparent: rubbish', 'traceparent: 00-'],
    ],
    ['baggage that is there stays as it is', [header('baggage', 'x=y')], ['baggage: x=y', 'traceparent: 00-']],
  ])('%s', async (_what, headers, expected) => {
    const { driver, sent } = await setup()
    const sender = await driver.openSender()
    const baggage = propagation.createBaggage({ x: { value: 'other' } })
    await context.with(propagation.setBaggage(context.active(), baggage), () => sender.send({ ...order, headers }))
    expect(sent.flatMap(textOf).map((line, at) => line.slice(0, expected[at]?.length))).toEqual(expected)
  })

  it('ends with the error that the sender is told of', async () => {
    const refused = fail('MILLRACE_PRODUCE_CLOSED', {})
    const { driver, outlines, points } = await setup({}, () => Promise.reject(refused))
    const sender = await driver.openSender()
    await expect(sender.send(order)).rejects.toBe(refused)
    expect(outlines()).toMatchObject([
      { status: SpanStatusCode.ERROR, attributes: { 'error.type': 'MILLRACE_PRODUCE_CLOSED' } },
    ])
    expect(await points('messaging.client.sent.messages')).toMatchObject([
      { value: 1, attributes: { 'error.type': 'MILLRACE_PRODUCE_CLOSED' } },
    ])
  })

  it('costs no record where the SDK is broken', async () => {
    const broken = (): never => {
      throw new Error('sampler')
    }
    sdk = registerSdk({ sampler: { shouldSample: broken, toString: () => 'broken' } })
    const { driver, sent } = await setup()
    await (await driver.openSender()).send(order)
    expect(sent).toEqual([order])
  })

  it('passes the context on where the trace is not sampled', async () => {
    sdk = registerSdk({ sampler: new AlwaysOffSampler() })
    const { driver, sent, outlines } = await setup()
    await (await driver.openSender()).send(order)
    expect(outlines()).toEqual([])
    expect(sent.flatMap(textOf)).toEqual([expect.stringMatching(/^traceparent: 00-[0-9a-f]{32}-[0-9a-f]{16}-00$/)])
  })
})

describe('metrics by the conventions', () => {
  it('count a record once and measure each attempt', async () => {
    const { tracing, points } = await setup()
    tracing.instrument?.ran?.(handler, failedWith(new RangeError('no')), 20, 1)
    tracing.instrument?.ran?.(handler, succeeded, 80, 2)
    const at = { 'messaging.destination.name': 'orders', 'messaging.consumer.group.name': 'billing' }
    expect(await points('messaging.client.consumed.messages')).toMatchObject([{ value: 1, attributes: at }])
    expect(await points('messaging.process.duration')).toMatchObject([
      { value: { count: 1, sum: 0.02 }, attributes: { ...at, 'error.type': 'RangeError' } },
      { value: { count: 1, sum: 0.08 }, attributes: at },
    ])
  })

  it('count and measure what is sent', async () => {
    const { driver, points } = await setup()
    await (await driver.openSender()).send({ topic: 'orders', key: null, value: null })
    const attributes = { 'messaging.system.name': 'kafka', 'messaging.destination.name': 'orders' }
    expect(await points('messaging.client.sent.messages')).toMatchObject([{ value: 1, attributes }])
    expect(await points('messaging.client.operation.duration')).toMatchObject([
      { value: { count: 1 }, attributes: { ...attributes, 'messaging.operation.type': 'send' } },
    ])
  })
})
