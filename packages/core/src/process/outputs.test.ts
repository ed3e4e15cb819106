import { describe, expect, it } from 'vitest'
import type { Middleware } from '../declare/middleware.js'
import type { HandlerPlan, TransformPlan } from '../declare/plan.js'
import { resolveName } from '../declare/env-name.js'
import { createIsRetriable } from '../declare/is-retriable.js'
import type { Serde } from '../declare/serde.js'
import { json } from '../declare/serdes/json.js'
import { utf8 } from '../declare/serdes/utf8.js'
import { type AnyTopic, topic } from '../declare/topic.js'
import { Skip } from '../declare/verdict.js'
import { silentLogger } from '../observe/logger.js'
import type { RawRecord } from '../receive/record.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { handlerPlan } from '../test-support/plans.js'
import { header, receivedRecord } from '../test-support/records.js'
import { bindHandle, createAttempt } from './attempt.js'
import { Deadlines } from './deadlines.js'
import { graceMs, type HandlerRuntime } from './handler-runtime.js'
import type { Produce } from './outputs.js'
import { Stragglers } from './stragglers.js'

const Invoices = topic('invoices', { key: utf8, value: utf8 })
const Ledger = topic('ledger', { key: utf8, value: json(), tombstones: true })

/** Encodes when it is told to, or fails. */
function slowSerde() {
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = []
  const serde: Serde<string> = {
    ...utf8,
    encode: (text) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve: () => resolve(Buffer.from(text)), reject })
      }),
  }
  return { serde, waiting }
}

type Context = { readonly produce: Produce; readonly signal: AbortSignal }
type Fn = (message: unknown, context: Context) => unknown

function setup(
  fn: Fn,
  {
    to = [Invoices],
    plan = {},
    ...rules
  }: Partial<TransformPlan> & { to?: AnyTopic[]; plan?: Partial<HandlerPlan> } = {},
) {
  const clock = createHandClock()
  const sinks = to.map((one) => ({ name: `test.${resolveName(one.name, {})}`, topic: one }))
  const transform = { sinks, inheritKey: true, inheritTimestamp: true, maxOutputs: 10, ...rules }
  const runtime: HandlerRuntime = {
    plan: handlerPlan({ name: 'Invoicing.invoice', delivery: 'exactly-once', transform, ...plan }),
    clock,
    log: silentLogger,
    isOurTopic: false,
    limits: new Deadlines(1_000, clock),
    graces: new Deadlines(graceMs, clock),
    stragglers: new Stragglers(),
    tally: { attempts: 0, retriesInPlace: 0, lateResults: 0, deadLetterFailures: 0 },
    onLate: () => undefined,
  }
  const attempt = createAttempt(runtime, bindHandle({ kind: 'function', handle: fn }, undefined))
  return { clock, runtime, attempt: (raw: Partial<RawRecord> = {}) => attempt(receivedRecord(5, raw)), bare: attempt }
}

const value = (text: string) => ({ value: text })
const values = (outcome: unknown): unknown =>
  (outcome as { outputs?: { value: Buffer | null }[] }).outputs?.map((one) => one.value?.toString() ?? null)
const failedWith = (code: string) => ({ kind: 'failed', failure: { stage: 'handle', error: { code } } })

async function* streamOf(...texts: string[]) {
  for (const text of texts) yield value(text)
}

describe('what a transform returns', () => {
  it.each<[string, unknown, string[]]>([
    ['one output', value('a'), ['a']],
    ['several, in order', [value('a'), value('b')], ['a', 'b']],
    ['undefined', undefined, []],
    ['null', null, []],
    ['an empty array', [], []],
  ])('%s, without a promise', (_what, returned, expected) => {
    const outcome = setup(() => returned).attempt()
    expect(outcome).toMatchObject({ kind: 'succeeded' })
    expect(values(outcome)).toEqual(expected)
  })

  it.each<[string, Fn, string[]]>([
    ['a promise of one', async () => value('a'), ['a']],
    ['a promise of several', async () => [value('a'), value('b')], ['a', 'b']],
    ['a promise of nothing', async () => undefined, []],
    ['an async iterable', () => streamOf('a', 'b', 'c'), ['a', 'b', 'c']],
    ['a promise of an async iterable', async () => streamOf('a'), ['a']],
  ])('%s', async (_what, fn, expected) => {
    expect(values(await setup(fn).attempt())).toEqual(expected)
  })

  it('a handler without sinks has no outputs at all', () => {
    const plain = setup((_message, { produce }) => produce, { plan: { transform: undefined } })
    expect(plain.attempt()).toEqual({ kind: 'succeeded' })
  })

  it.each<[string, unknown, string]>([
    ['text', 'invoice', 'it is of type string'],
    ['an object without a value', { key: 'a' }, 'it has no value'],
    ['null among others', [value('a'), null], 'it is null'],
    ['a partition below zero', { value: 'a', partition: -1 }, 'its partition is not'],
    ['half a partition', { value: 'a', partition: 0.5 }, 'its partition is not'],
    ['a partition beyond all', { value: 'a', partition: 2 ** 31 }, 'its partition is not'],
    ['a fraction of a millisecond', { value: 'a', timestamp: 1.5 }, 'its timestamp is not'],
    ['a header that is a number', { value: 'a', headers: { n: 1 } }, 'the header "n" is neither text'],
    ['a header without a name', { value: 'a', headers: [[undefined, 'x']] }, 'the name of a header is not text'],
    ['headers that are none', { value: 'a', headers: null }, 'headers'],
  ])('fails the attempt where it is no output: %s', (_what, returned, problem) => {
    const outcome = setup(() => returned).attempt()
    expect(outcome).toMatchObject(failedWith('MILLRACE_TRANSFORM_OUTPUT_INVALID'))
    expect(outcome).toHaveProperty('failure.error.message', expect.stringContaining(problem))
  })

  it('has no destination where there are several sinks', async () => {
    const to = [Invoices, Ledger]
    expect(setup(() => value('a'), { to }).attempt()).toMatchObject(failedWith('MILLRACE_TRANSFORM_OUTPUT_INVALID'))
    expect(await setup(() => streamOf('a'), { to }).attempt()).toMatchObject(
      failedWith('MILLRACE_TRANSFORM_OUTPUT_INVALID'),
    )
    expect(values(setup(() => [], { to }).attempt())).toEqual([])
  })
})

describe('ctx.produce', () => {
  it('goes to the named sink, in the order of its calls and before what is returned', async () => {
    const fn: Fn = (_message, { produce }) => {
      produce(Ledger, { value: 1 })
      produce(Invoices, value('a'))
      produce(Ledger, { value: null })
    }
    const outcome = setup(fn, { to: [Invoices, Ledger] }).attempt()
    expect(values(outcome)).toEqual(['1', 'a', null])
    expect(outcome).toMatchObject({
      outputs: [{ topic: 'test.ledger' }, { topic: 'test.invoices' }, { topic: 'test.ledger' }],
    })

    const both: Fn = async function* (_message, { produce }) {
      yield value('returned')
      produce(Invoices, value('produced'))
    }
    expect(values(await setup(both).attempt())).toEqual(['produced', 'returned'])
  })

  it('keeps the order where one sink encodes later than another', async () => {
    const { serde, waiting } = slowSerde()
    const Slow = topic('slow', { key: utf8, value: serde })
    const fn: Fn = (_message, { produce }) => {
      produce(Slow, value('slow'))
      produce(Invoices, value('fast'))
      produce(Slow, value('last'))
    }
    const outcome = setup(fn, { to: [Slow, Invoices] }).attempt()
    waiting.toReversed().forEach(({ resolve }) => resolve())
    expect(values(await outcome)).toEqual(['slow', 'fast', 'last'])
  })

  it.each([
    ['a topic that is no sink', Ledger, '"ledger"'],
    ['another definition of the same name', topic('invoices', { key: utf8, value: utf8 }), '"invoices"'],
    ['nothing', undefined, 'something that is no topic'],
  ])('refuses %s, caught or not', async (_what, on, name) => {
    const loud = setup((_message, { produce }) => produce(on, value('a')))
    const quiet = setup(async (_message, { produce }) => {
      await Promise.resolve()
        .then(() => produce(on, value('a')))
        .catch(() => undefined)
      return value('b')
    })
    for (const outcome of [loud.attempt(), await quiet.attempt()]) {
      expect(outcome).toMatchObject(failedWith('MILLRACE_TRANSFORM_SINK_UNDECLARED'))
      expect(outcome).toHaveProperty('failure.error.message', expect.stringContaining(name))
    }
  })

  it('is over when the handler has returned', async () => {
    let produce: Produce | undefined
    const { attempt } = setup((_message, context) => {
      produce = context.produce
      return value('a')
    })
    const outcome = attempt()
    expect(() => produce?.(Invoices, value('late'))).toThrow(
      expect.objectContaining({ code: 'MILLRACE_TRANSFORM_OVER' }),
    )
    expect(values(outcome)).toEqual(['a'])
  })
})

describe('the limit of outputs', () => {
  const many = (count: number) => Array.from({ length: count }, (_, at) => value(`${at}`))

  it('holds for returned and produced ones together', () => {
    const fn =
      (returned: number): Fn =>
      (_message, { produce }) => {
        for (const one of many(3)) produce(Invoices, one)
        return many(returned)
      }
    expect(values(setup(fn(7)).attempt())).toHaveLength(10)
    expect(setup(fn(8)).attempt()).toMatchObject(failedWith('MILLRACE_TRANSFORM_TOO_MANY_OUTPUTS'))
  })

  it('ends a generator that does not end itself, and lets it clean up', async () => {
    let isClean = false
    const { attempt } = setup(async function* () {
      try {
        for (;;) yield value('again')
      } finally {
        isClean = true
      }
    })
    expect(await attempt()).toMatchObject(failedWith('MILLRACE_TRANSFORM_TOO_MANY_OUTPUTS'))
    expect(isClean).toBe(true)
  })
})

describe('what an output inherits', () => {
  const trace = [
    header('traceparent', 'old'),
    header('traceparent', 'p'),
    header('tracestate', 's'),
    header('baggage', 'b'),
  ]
  const record = { timestamp: 77, headers: [header('other', 'x'), ...trace] }
  const inherited = trace.slice(1)

  function only(fn: Fn, raw: Partial<RawRecord> = record, rules: Partial<TransformPlan> = {}): unknown {
    const outcome = setup(fn, rules).attempt(raw)
    return outcome instanceof Promise || outcome.kind !== 'succeeded' ? outcome : outcome.outputs?.[0]
  }

  it('is key, timestamp and trace context of its record', () => {
    const expected = { topic: 'test.invoices', key: Buffer.from('key-5'), value: Buffer.from('a'), timestamp: 77 }
    expect(only(() => value('a'))).toEqual({ ...expected, headers: inherited })
  })

  it('gives way to what it sets itself, null for a key included', () => {
    const own = { value: 'a', key: 'k', timestamp: 5, partition: 2, headers: { baggage: 'mine', note: 'n' } }
    expect(only(() => own)).toEqual({
      ...{ topic: 'test.invoices', key: Buffer.from('k'), value: Buffer.from('a'), timestamp: 5, partition: 2 },
      headers: [header('baggage', 'mine'), header('note', 'n'), header('traceparent', 'p'), header('tracestate', 's')],
    })
    expect(only(() => ({ value: 'a', key: null }))).toMatchObject({ key: null })
  })

  it('leaves the state of a trace behind where the parent is another', () => {
    const headers = [['traceparent', 'mine']]
    expect(only(() => ({ value: 'a', headers }))).toMatchObject({
      headers: [header('traceparent', 'mine'), header('baggage', 'b')],
    })
  })

  it('is neither key nor timestamp where that is turned off', () => {
    const output = only(() => value('a'), record, { inheritKey: false, inheritTimestamp: false })
    expect(output).toEqual({ topic: 'test.invoices', key: null, value: Buffer.from('a'), headers: inherited })
  })

  it('is nothing where the record has nothing', () => {
    const output = only(() => value('a'), { key: null, timestamp: -1, headers: [header('baggage', null)] })
    expect(output).toEqual({ topic: 'test.invoices', key: null, value: Buffer.from('a'), headers: [] })
  })
})

describe('an output that does not encode', () => {
  const isRetriable = createIsRetriable()
  const errorOf = (outcome: unknown): unknown => (outcome as { failure: { error: unknown } }).failure.error

  it('fails the attempt in its handler stage, and is not tried again', () => {
    const outcome = setup(() => [value('a'), { value: 5 }]).attempt()
    expect(outcome).toMatchObject(failedWith('MILLRACE_ENCODE_FAILED'))
    expect(isRetriable(errorOf(outcome))).toBe(false)
  })

  it('fails it even where the handler has caught what ctx.produce threw', () => {
    const outcome = setup((_message, { produce }) => {
      try {
        produce(Invoices, { value: 5 })
      } catch {
        // what is tested
      }
      return value('b')
    }).attempt()
    expect(outcome).toMatchObject(failedWith('MILLRACE_ENCODE_FAILED'))
  })

  it.each(['key', 'value'])('because of a %s whose registry is away may be tried again', async (part) => {
    const { serde, waiting } = slowSerde()
    const Slow = topic('slow', { key: utf8, value: utf8, [part]: serde })
    const { attempt, clock } = setup(() => ({ key: 'k', value: 'v' }), { to: [Slow] })
    const outcome = attempt()
    await clock.advance(0)
    waiting[0]?.reject(new Error('registry is away'))
    const error = errorOf(await outcome)
    expect(error).toMatchObject({ message: 'registry is away' })
    expect(isRetriable(error)).toBe(true)
  })

  it('because its serde answers with no Buffer is the failure of its record, not of its batch', async () => {
    const broken: Serde<string> = { ...utf8, encode: () => JSON.parse('"text"') }
    const outcome = await setup(() => value('a'), { to: [topic('broken', { key: utf8, value: broken })] }).attempt()
    expect(outcome).toMatchObject(failedWith('MILLRACE_ENCODE_FAILED'))
  })

  it('leaves no rejection without an owner, whatever the handler does meanwhile', async () => {
    const stray: unknown[] = []
    const listen = (thrown: unknown): void => void stray.push(thrown)
    process.on('unhandledRejection', listen)
    const { serde, waiting } = slowSerde()
    const Slow = topic('slow', { key: serde, value: utf8 })
    const { attempt, clock } = setup(
      (_message, { produce }) => {
        produce(Slow, { key: 'k', value: 5 })
        throw new Error('handler')
      },
      { to: [Slow] },
    )
    expect(await attempt()).toMatchObject({ failure: { error: { message: 'handler' } } })
    waiting.forEach(({ reject }) => reject(new Error('late')))
    await clock.advance(0)
    process.off('unhandledRejection', listen)
    expect(stray).toEqual([])
  })
})

describe('an attempt that was cut off', () => {
  it('leaves nothing behind when it finishes late: the next one has its own outputs only', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const thrown: unknown[] = []
    let runs = 0
    const { bare, clock } = setup(async (_message, { produce }) => {
      const run = runs
      runs += 1
      produce(Invoices, value(`early ${run}`))
      await gates[run]?.promise
      try {
        produce(Invoices, value(`late ${run}`))
      } catch (error) {
        thrown.push(error)
      }
      return value(`returned ${run}`)
    })
    const record = receivedRecord(5)
    const first = bare(record)
    await clock.advance(6_000)
    expect(await first).toMatchObject(failedWith('MILLRACE_HANDLER_TIMED_OUT'))
    record.attempt = 2
    const second = bare(record)
    gates[0]?.resolve()
    await clock.advance(0)
    gates[1]?.resolve()
    expect(values(await second)).toEqual(['early 1', 'late 1', 'returned 1'])
    expect(thrown).toEqual([expect.objectContaining({ code: 'MILLRACE_TRANSFORM_OVER' })])
  })

  it('reads no further from a generator, and lets it clean up', async () => {
    const seen: string[] = []
    const gate = Promise.withResolvers<void>()
    const { bare, clock } = setup(async function* () {
      try {
        for (;;) {
          seen.push('made')
          await gate.promise
          yield value('a')
        }
      } finally {
        seen.push('clean')
      }
    })
    const record = receivedRecord(5)
    const outcome = bare(record)
    await clock.advance(0)
    record.run?.interrupt('revoked')
    expect(await outcome).toEqual({ kind: 'interrupted' })
    gate.resolve()
    await clock.advance(0)
    expect(seen).toEqual(['made', 'clean'])
  })

  it('does not even encode what it returns late', async () => {
    const gate = Promise.withResolvers<void>()
    let encoded = 0
    const counting: Serde<string> = { ...utf8, encode: () => Buffer.alloc((encoded += 1)) }
    const to = [topic('counting', { key: utf8, value: counting })]
    const { attempt, clock } = setup(() => gate.promise.then(() => value('a')), { to })
    const outcome = attempt()
    await clock.advance(6_000)
    gate.resolve()
    await clock.advance(0)
    expect(await outcome).toMatchObject(failedWith('MILLRACE_HANDLER_TIMED_OUT'))
    expect(encoded).toBe(0)
  })

  it('waits for a serde no longer than its time limit', async () => {
    const { serde } = slowSerde()
    const { attempt, clock } = setup(() => value('a'), { to: [topic('slow', { key: utf8, value: serde })] })
    const outcome = attempt()
    await clock.advance(6_000)
    expect(await outcome).toMatchObject(failedWith('MILLRACE_HANDLER_TIMED_OUT'))
    expect(clock.pending).toBe(0)
  })

  it('by its own Skip has no outputs', () => {
    const { attempt } = setup((_message, { produce }) => {
      produce(Invoices, value('a'))
      throw new Skip('test order')
    })
    expect(attempt()).toEqual({ kind: 'declined', reason: 'test order' })
  })
})

describe('middleware around a transform', () => {
  const around = (middleware: Middleware, fn: Fn) => setup(fn, { plan: { middleware: [middleware] } })

  it('sees what the handler returned, and loses no output by returning nothing', async () => {
    const seen: unknown[] = []
    const looks: Middleware = async (_message, _context, next) => void seen.push(await next())
    expect(values(await around(looks, () => value('a')).attempt())).toEqual(['a'])
    expect(seen).toEqual([{ value: 'a' }])
  })

  describe('that produces itself, and calls no handler', () => {
    const producing = (to: AnyTopic, produce: (send: (text: string) => void) => unknown) =>
      setup(() => value('never'), {
        to: [to],
        plan: {
          middleware: [
            (_message, context) => produce((text) => (context as unknown as Context).produce(to, value(text))),
          ],
        },
      }).attempt()
    const swallowed = (send: (text: string) => void) => {
      try {
        for (let count = 0; count < 11; count += 1) send('x')
      } catch {
        // it does not care
      }
    }

    it.each([
      ['synchronously', (send: (text: string) => void) => send('a')],
      ['and answers with a promise', async (send: (text: string) => void) => send('a')],
    ])('has its outputs waited for: %s', async (_how, produce) => {
      const { serde, waiting } = slowSerde()
      const attempted = producing(topic('slow', { key: utf8, value: serde }), produce)
      await new Promise((resolve) => setImmediate(resolve))
      waiting[0]?.resolve()
      expect(values(await attempted)).toEqual(['a'])

      const failed = producing(topic('slow', { key: utf8, value: serde }), produce)
      await new Promise((resolve) => setImmediate(resolve))
      waiting[1]?.reject(new Error('no schema'))
      expect(await failed).toMatchObject({ kind: 'failed', failure: { error: { message: 'no schema' } } })
    })

    it.each([
      ['synchronously', swallowed],
      ['and answers with a promise', async (send: (text: string) => void) => swallowed(send)],
    ])('fails as a handler would, also where it does not care: %s', async (_how, produce) => {
      expect(await producing(Invoices, produce)).toMatchObject(failedWith('MILLRACE_TRANSFORM_TOO_MANY_OUTPUTS'))
    })
  })

  it('is still around an async iterable while that is read', async () => {
    const seen: string[] = []
    const spans: Middleware = async (_message, _context, next) => {
      seen.push('begin')
      await next()
      seen.push('end')
    }
    const { attempt } = around(spans, async function* () {
      seen.push('read')
      yield value('a')
    })
    expect(values(await attempt())).toEqual(['a'])
    expect(seen).toEqual(['begin', 'read', 'end'])
  })

  it('hears of an output that does not encode', async () => {
    let seen: unknown
    const looks: Middleware = async (_message, _context, next) => {
      await next().catch((thrown: unknown) => {
        seen = thrown
        throw thrown
      })
    }
    await around(looks, () => ({ value: 5 })).attempt()
    expect(seen).toMatchObject({ code: 'MILLRACE_ENCODE_FAILED' })
  })

  it('that swallows a failure lets nothing of the failed handler out', async () => {
    const swallows: Middleware = (_message, _context, next) => next().catch(() => undefined)
    const { attempt } = around(swallows, (_message, { produce }) => {
      produce(Invoices, value('half'))
      throw new Error('no second half')
    })
    expect(values(await attempt())).toEqual([])
  })

  it('that never calls next() leaves a record without outputs', () => {
    expect(
      values(
        around(
          () => undefined,
          () => value('a'),
        ).attempt(),
      ),
    ).toEqual([])
  })
})

it('an instance per message is closed after its generator was read and encoded', async () => {
  const seen: string[] = []
  const instance = {
    async *invoice() {
      seen.push('read')
      yield value('a')
    },
  }
  const { runtime } = setup(() => undefined)
  const target = { kind: 'method', consumer: class {}, method: 'invoice' } as const
  const open = async () => ({ instance, close: async () => void seen.push('closed') })
  const attempt = createAttempt(runtime, bindHandle(target, { kind: 'per-message', open }))
  expect(values(await attempt(receivedRecord(5)))).toEqual(['a'])
  expect(seen).toEqual(['read', 'closed'])
})
