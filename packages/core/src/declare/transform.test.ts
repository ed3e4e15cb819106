import { describe, expect, it } from 'vitest'
import { MillraceError } from '../millrace-error.js'
import { onlyOnce, memoryOnceStore } from '../process/only-once.js'
import { buildPlan, type PlanOptions } from './build-plan.js'
import { type ConsumerDefinition, defineConsumer, handle, transform } from './define-consumer.js'
import { fromEnv, resolveName } from './env-name.js'
import type { HandleOptions } from './handle-options.js'
import type { HandlerPlan } from './plan.js'
import { utf8 } from './serdes/utf8.js'
import { topic } from './topic.js'
import type { TransformOptions } from './transform-options.js'

const named = (name: string) => topic(name, { key: utf8, value: utf8 })
const Orders = named('orders.v1')
const Invoices = named('invoices.v1')
const Ledger = named('ledger.v1')

/** A consumer with one transform. */
const consumer = (options: TransformOptions, on = Orders, defaults: HandleOptions = {}): ConsumerDefinition =>
  defineConsumer({
    group: `of-${resolveName(on.name, {})}`,
    defaults,
    handlers: [transform(on, options, () => undefined)],
  })

function planOf(definition: ConsumerDefinition, options?: PlanOptions): HandlerPlan {
  return buildPlan([definition], options).groups[0]?.handlers[0] ?? expect.unreachable()
}

/** The problems of a plan that is refused, without their place. */
function problemsOf(consumers: readonly ConsumerDefinition[], options?: PlanOptions): (string | undefined)[] {
  try {
    buildPlan(consumers, options)
  } catch (thrown) {
    if (!(thrown instanceof MillraceError)) throw thrown
    const lines = thrown.message.split('\n').slice(1)
    expect(lines.filter((line) => /^ {4}fix: \S/.test(line))).toHaveLength(lines.length / 2)
    return lines.filter((line) => line.startsWith('  - ')).map((line) => line.replace(/^.*? -> \S+: /, ''))
  }
  return []
}

describe('the plan of a transform', () => {
  it('has its sinks and the documented defaults', () => {
    expect(planOf(consumer({ to: [Invoices, Ledger], deadLetter: true }))).toMatchObject({
      delivery: 'exactly-once',
      retry: { maxAttempts: 4 },
      exhaustion: { kind: 'dead-letter', topic: 'orders.v1.of-orders.v1.dlq' },
      transform: {
        sinks: [
          { name: 'invoices.v1', topic: Invoices },
          { name: 'ledger.v1', topic: Ledger },
        ],
        inheritKey: true,
        inheritTimestamp: true,
        maxOutputs: 10_000,
      },
    })
  })

  it('is what its options say', () => {
    const own = { inheritKey: false, inheritTimestamp: false, maxOutputs: 7 }
    const plan = planOf(consumer({ to: Invoices, onExhausted: 'halt', delivery: 'at-least-once', ...own }))
    expect(plan).toMatchObject({ delivery: 'at-least-once', exhaustion: { kind: 'halt' }, transform: own })
  })

  it('has no transform where there is a handler', () => {
    const plain = defineConsumer({ group: 'g', handlers: [handle(Orders, { deadLetter: true }, () => undefined)] })
    expect(planOf(plain)).toMatchObject({ delivery: 'at-least-once', transform: undefined })
  })

  it('names sinks with the prefix, from the environment where it sets them', () => {
    const to = topic(fromEnv('INVOICES', 'invoices.v1'), { key: utf8, value: utf8 })
    const options = { topicPrefix: 'stage.', env: { INVOICES: 'bills' } }
    const plan = planOf(consumer({ to, deadLetter: true }), options)
    expect(plan.transform?.sinks.map(({ name }) => name)).toEqual(['stage.bills'])
  })

  it('is frozen through and through', () => {
    const { transform: found } = planOf(consumer({ to: Invoices, deadLetter: true }))
    expect([found, found?.sinks, found?.sinks[0]].map((one) => Object.isFrozen(one))).toEqual([true, true, true])
  })

  it("takes the consumer's defaults, but not the delivery of its handlers", () => {
    const defaults = { deadLetter: true, timeout: '1s', delivery: 'at-least-once' } as const
    expect(planOf(consumer({ to: Invoices }, Orders, defaults))).toMatchObject({
      delivery: 'exactly-once',
      timeoutMs: 1_000,
      exhaustion: { kind: 'dead-letter' },
    })
  })
})

describe('problems of one transform', () => {
  const keep = { deadLetter: true } as const

  it.each<[string, TransformOptions, (string | RegExp)[]]>([
    ['no sink', JSON.parse('{"deadLetter":true}'), ['it has no sink']],
    ['no options at all', JSON.parse('{}'), [/does not say what becomes/, 'it has no sink']],
    ['an empty list of sinks', { to: JSON.parse('[]'), ...keep }, ['it has no sink']],
    ['a sink that is no topic', { to: [Invoices, JSON.parse('{}')], ...keep }, ['one of its sinks is not a topic']],
    ['no exhaustion policy', { to: Invoices }, [/does not say what becomes/]],
    ['its own source', { to: Orders, ...keep }, ['its sink is its own source, "orders.v1"']],
    [
      'its dead-letter topic',
      { to: [Invoices, Ledger], deadLetter: 'ledger.v1' },
      ['its sink is its dead-letter topic, "ledger.v1"'],
    ],
    ['a sink twice', { to: [Invoices, named('invoices.v1')], ...keep }, ['it names the sink "invoices.v1" twice']],
    ['an illegal sink', { to: named('a b'), ...keep }, ['outputs: the topic name "a b" holds " "']],
    [
      'at most once',
      { to: Invoices, ...keep, delivery: JSON.parse('"at-most-once"') },
      ['delivery: at-most-once commits a record before it has outputs'],
    ],
    [
      'another delivery',
      { to: Invoices, ...keep, delivery: JSON.parse('"once"') },
      [`delivery: "once" is not one of 'exactly-once', 'at-least-once'`],
    ],
    [
      'wrong values and names',
      { to: Invoices, ...keep, maxOutputs: 0, ...JSON.parse('{"inheritKeys":true}') },
      ['maxOutputs: 0 is not an integer from 1 to 1000000', 'inheritKeys: is not an option'],
    ],
    [
      'onlyOnce around it',
      { to: Invoices, ...keep, middleware: [onlyOnce(memoryOnceStore())] },
      ['onlyOnce around it would lose the outputs of a record that is redelivered'],
    ],
  ])('%s', (_case, options, expected) => {
    expect(problemsOf([consumer(options)])).toEqual(
      expected.map((one) => (typeof one === 'string' ? one : expect.stringMatching(one))),
    )
  })

  it('onlyOnce around the whole worker', () => {
    const middleware = [onlyOnce(memoryOnceStore())]
    expect(problemsOf([consumer({ to: Invoices, ...keep })], { middleware })).toEqual([
      expect.stringContaining('onlyOnce'),
    ])
  })

  it('options of a transform on a handler, exactly-once included', () => {
    const options: HandleOptions = JSON.parse('{"delivery":"exactly-once","deadLetter":true,"to":{},"maxOutputs":5}')
    const plain = defineConsumer({ group: 'g', handlers: [handle(Orders, options, () => undefined)] })
    expect(problemsOf([plain])).toEqual([
      "delivery: exactly-once needs outputs that go out together with the record's offset",
      'to: is not an option',
      'maxOutputs: is not an option',
    ])
  })

  it('a transform without a function', () => {
    const broken = transform(Orders, { to: Invoices, ...keep }, JSON.parse('null'))
    expect(problemsOf([defineConsumer({ group: 'g', handlers: [broken] })])).toEqual(['has no handler function'])
  })
})

describe('problems between transforms', () => {
  const to = (sink: typeof Orders, on: typeof Orders, options: HandleOptions = { onExhausted: 'halt' }) =>
    consumer({ to: sink, ...JSON.parse(JSON.stringify(options)) }, on)

  it('outputs that would come back', () => {
    const circle = [to(Invoices, Orders), to(Ledger, Invoices), to(Orders, Ledger)]
    expect(problemsOf(circle)).toEqual([
      'records would go round in a circle: orders.v1 -> invoices.v1 -> ledger.v1 -> orders.v1',
    ])
  })

  it('outputs whose dead letters would come back', () => {
    const back = defineConsumer({ group: 'g', handlers: [handle(Invoices, { deadLetter: 'orders.v1' }, () => {})] })
    expect(problemsOf([to(Invoices, Orders), back])).toEqual([
      'records would go round in a circle: orders.v1 -> invoices.v1 -> orders.v1',
    ])
  })

  it('a chain is fine, and so are two ways to one topic', () => {
    expect(problemsOf([to(Invoices, Orders), to(Ledger, Invoices)])).toEqual([])
    expect(problemsOf([to(Ledger, Orders), to(Ledger, Invoices)])).toEqual([])
  })

  it('a sink whose name collides in metrics', () => {
    const [problem] = problemsOf([to(named('orders_v1'), Orders)])
    expect(problem).toContain('collide')
  })

  it('a handler and a transform for one topic in a group', () => {
    const both = [
      handle(Orders, { deadLetter: true }, () => {}),
      transform(Orders, { to: Invoices, deadLetter: true }, () => null),
    ]
    expect(problemsOf([defineConsumer({ group: 'g', handlers: both })])).toContainEqual(
      expect.stringContaining('handles this topic in the same group with another delivery mode, at-least-once'),
    )
  })
})
