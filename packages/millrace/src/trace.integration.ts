import { createLogger } from '@millrace/telemetry'
import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { SpanKind } from '@opentelemetry/api'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  createProducer,
  createWorker,
  defineConsumer,
  exponential,
  handle,
  silentLogger,
  topic,
  transform,
  utf8,
} from './index.js'
import { registerSdk } from './test-support/registered-sdk.js'

describeWithBroker('a trace', ({ bootstrap, admin }) => {
  const env = { KAFKA_BROKERS: bootstrap.join(','), OPS_PORT: 'off' }
  let sdk: ReturnType<typeof registerSdk>
  beforeEach(() => void (sdk = registerSdk()))
  afterEach(() => sdk.close())

  async function topics(...ends: readonly string[]): Promise<string> {
    const name = uniqueName('traced')
    for (const end of ['', ...ends]) await admin.createTopic(`${name}${end}`, { partitions: 1 })
    return name
  }

  /** Each span under a name that is its own, with those that it is a child of and linked to. */
  const seen = () => {
    const spans = sdk.spans()
    const called = new Map(
      spans.map((span) => {
        const attempt = span.attributes['millrace.attempt']
        return [span.spanContext().spanId, typeof attempt === 'number' ? `${span.name} #${attempt}` : span.name]
      }),
    )
    return { spans, called }
  }

  it('goes from the request through producer, failed attempts, dead letter and redelivery', async () => {
    const name = await topics('.dlq')
    const Orders = topic(name, { key: utf8, value: utf8 })
    const Dead = topic(`${name}.dlq`, { key: utf8, value: utf8 })
    const redelivered = Promise.withResolvers<void>()
    const lines: Record<string, unknown>[] = []
    const logger = createLogger({ destination: { write: (line) => void lines.push(JSON.parse(line)) } })
    const retry = exponential({ attempts: 2, initialDelay: '1ms' })
    const billing = defineConsumer({
      group: uniqueName('billing'),
      handlers: [
        handle(Orders, { deadLetter: `${name}.dlq`, retry }, async (_order, { log }) => {
          log.info({}, 'charging')
          throw new Error('the card is declined')
        }),
      ],
    })
    const redelivery = defineConsumer({
      group: uniqueName('redelivery'),
      handlers: [
        handle(Dead, { onExhausted: 'halt' }, async () => {
          await Promise.resolve()
          sdk.tracer.startSpan('charge').end()
          redelivered.resolve()
        }),
      ],
    })
    const worker = createWorker({ consumers: [billing, redelivery], env, logger })
    const orders = createProducer(Orders, { env, logger: silentLogger })
    await sdk.tracer.startActiveSpan('startup', async (startup) => {
      await worker.start()
      startup.end()
    })
    await sdk.tracer.startActiveSpan('POST /orders', { kind: SpanKind.SERVER }, async (request) => {
      await orders.send({ key: 'ann', value: 'order 1' })
      request.end()
    })
    await redelivered.promise
    await orders.close()
    await worker.stop()

    const { spans, called } = seen()
    const request = spans.find((span) => span.name === 'POST /orders') ?? expect.unreachable()
    const traced = spans.filter((span) => span.spanContext().traceId === request.spanContext().traceId)
    const facts = traced.map((span) => ({
      span: called.get(span.spanContext().spanId),
      of: called.get(span.parentSpanContext?.spanId ?? ''),
      links: span.links.map((link) => called.get(link.context.spanId)),
    }))
    const byName = (a: { span?: string | undefined }, b: { span?: string | undefined }) =>
      (a.span ?? '').localeCompare(b.span ?? '')
    expect(facts.toSorted(byName)).toEqual(
      [
        { span: 'POST /orders', of: undefined, links: [] },
        { span: `send ${name}`, of: 'POST /orders', links: [] },
        { span: `process ${name} #1`, of: `send ${name}`, links: [] },
        { span: `process ${name} #2`, of: `send ${name}`, links: [`process ${name} #1`] },
        { span: `send ${name}.dlq`, of: `process ${name} #2`, links: [`send ${name}`] },
        { span: `process ${name}.dlq #1`, of: `send ${name}`, links: [] },
        { span: 'charge', of: `process ${name}.dlq #1`, links: [] },
      ].toSorted(byName),
    )
    expect(spans.filter((span) => !traced.includes(span)).map((span) => span.name)).toEqual(['startup'])

    const attempts = traced.filter((span) => span.name === `process ${name}`).map((span) => span.spanContext())
    const logged = lines.filter(({ msg, event }) => msg === 'charging' || event === 'record.dead-lettered')
    expect(logged.map(({ trace_id, span_id }) => ({ traceId: trace_id, spanId: span_id }))).toMatchObject([
      ...attempts.map(({ traceId, spanId }) => ({ traceId, spanId })),
      { traceId: attempts[1]?.traceId, spanId: attempts[1]?.spanId },
    ])
  })

  it('goes on through an exactly-once transform', async () => {
    const name = await topics('.out', '.dlq')
    const Orders = topic(name, { key: utf8, value: utf8 })
    const Invoices = topic(`${name}.out`, { key: utf8, value: utf8 })
    const read = Promise.withResolvers<void>()
    const invoicing = defineConsumer({
      group: uniqueName('invoicing'),
      handlers: [transform(Orders, { to: Invoices, deadLetter: `${name}.dlq` }, (value) => ({ key: 'ann', value }))],
    })
    const printing = defineConsumer({
      group: uniqueName('printing'),
      handlers: [handle(Invoices, { onExhausted: 'halt' }, () => read.resolve())],
    })
    const worker = createWorker({ consumers: [invoicing, printing], env, logger: silentLogger })
    await sdk.tracer.startActiveSpan('startup', () => worker.start()) // which never ends, and is nobody's parent
    const orders = createProducer(Orders, { env, logger: silentLogger })
    await orders.send({ key: 'ann', value: 'x' })
    await read.promise
    await orders.close()
    await worker.stop()

    const { spans, called } = seen()
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1)
    const parents = spans.map((span) => [
      called.get(span.spanContext().spanId),
      called.get(span.parentSpanContext?.spanId ?? ''),
    ])
    expect(new Map(parents.map(([span = '', of]) => [span, of]))).toEqual(
      new Map([
        [`send ${name}`, undefined],
        [`process ${name} #1`, `send ${name}`],
        [`send ${name}.out`, `process ${name} #1`],
        [`process ${name}.out #1`, `process ${name} #1`],
      ]),
    )
  })
})
