import { describe, expect, it } from 'vitest'
import { MillraceError } from '../millrace-error.js'
import { buildPlan } from './build-plan.js'
import { Consumer } from './consumer.js'
import {
  type ConsumerDefinition,
  defineConsumer,
  type FunctionHandleOptions,
  handle,
  transform,
} from './define-consumer.js'
import { Handle } from './handle.js'
import type { HandlerPlan } from './plan.js'
import { allOf, anyOf, headerIs, otherwise } from './routing/condition.js'
import { fieldIs } from './routing/field-condition.js'
import { json } from './serdes/json.js'
import { utf8 } from './serdes/utf8.js'
import { topic } from './topic.js'

const Orders = topic('orders.v1', { key: utf8, value: utf8 })
const Invoices = topic('invoices.v1', { key: utf8, value: utf8 })
const Events = topic('orders.v1', { key: utf8, value: json() })
const nothing = (): void => {}
const placed = headerIs('event-type', 'order.placed')
const anyOrder = headerIs('event-type', 'order.*')
const paid = headerIs('event-type', 'payment.*')

const on = (...handlers: readonly FunctionHandleOptions[]): ConsumerDefinition => consumer({}, ...handlers)
const consumer = (
  own: Pick<ConsumerDefinition, 'unmatched'>,
  ...handlers: readonly FunctionHandleOptions[]
): ConsumerDefinition =>
  defineConsumer({
    ...{ group: 'g', defaults: { deadLetter: true }, ...own },
    handlers: handlers.map((options) => handle(Events, options, nothing)),
  })

function topicOf(...consumers: readonly ConsumerDefinition[]): HandlerPlan {
  const [found, ...more] = buildPlan(consumers).groups[0]?.handlers ?? []
  if (found === undefined || more.length > 0) throw new Error('not one topic')
  return found
}

/** `problem` of each problem, without its place, which all have in common. */
function problemsOf(...consumers: readonly ConsumerDefinition[]): readonly string[] {
  try {
    buildPlan(consumers)
  } catch (thrown) {
    if (!(thrown instanceof MillraceError) || thrown.code !== 'MILLRACE_PLAN_INVALID') throw thrown
    return thrown.message
      .split('\n')
      .filter((line) => line.startsWith('  - '))
      .map((line) => line.slice(4))
  }
  return []
}

describe('handlers of one topic with conditions', () => {
  it('are one entry of the plan, in the order in which they are asked', () => {
    const plan = topicOf(
      on(
        { name: 'rest', when: otherwise },
        { name: 'orders', when: anyOrder },
        { name: 'first', when: placed, priority: 1 },
      ),
    )
    expect(plan.routes?.map(({ name }) => name)).toEqual(['first', 'orders', 'rest'])
    expect(plan).toMatchObject({ name: 'unrouted', topic: { name: 'orders.v1' }, delivery: 'at-least-once' })
  })

  it('keep what is their own: retries, time limit, dead letters', () => {
    const own = { name: 'b', when: paid, deadLetter: 'parked', timeout: '40s', concurrency: 99 } as const
    const { routes, timeoutMs, concurrency } = topicOf(on({ name: 'a', when: placed, timeout: '1s' }, own))
    expect(routes).toMatchObject([
      { name: 'a', timeoutMs: 1_000, exhaustion: { topic: 'orders.v1.g.dlq' }, when: placed },
      { name: 'b', timeoutMs: 40_000, exhaustion: { topic: 'parked' }, when: paid },
    ])
    expect([timeoutMs, concurrency]).toEqual([40_000, 99])
  })

  it('come from several classes and definitions of a group', () => {
    @Consumer({ group: 'g' })
    class Placed {
      @Handle(Events, { deadLetter: true, when: placed })
      placed(_event: unknown): void {}
    }
    const { groups } = buildPlan([Placed, on({ when: paid })])
    expect(groups[0]?.handlers[0]?.routes?.map(({ name }) => name)).toEqual([
      'Placed.placed',
      "g.orders.v1 (headerIs('event-type', 'payment.*'))",
    ])
  })

  it('may be one handler that takes only some of the records', () => {
    expect(topicOf(on({ when: placed })).routes).toHaveLength(1)
  })

  it('may be transforms and handlers, with the sinks of all', () => {
    const made = transform(Events, { to: Invoices, when: placed, delivery: 'at-least-once' }, () => undefined)
    const other = handle(Events, { when: paid }, nothing)
    const plan = topicOf(defineConsumer({ group: 'g', defaults: { deadLetter: true }, handlers: [other, made] }))
    expect(plan.transform?.sinks.map(({ name }) => name)).toEqual(['invoices.v1'])
    expect(plan.routes?.map((one) => one.transform !== undefined)).toEqual([false, true])
  })

  it('may define the topic each in its own way where headers tell them apart', () => {
    const handlers = [
      handle(Orders, { deadLetter: true, when: placed }, nothing),
      handle(Events, { deadLetter: true, when: paid }, nothing),
    ]
    expect(topicOf(defineConsumer({ group: 'g', handlers })).routes?.map((one) => one.topic.value.name)).toEqual([
      'utf8',
      'json',
    ])
  })
})

describe('a record that none of them takes', () => {
  it.each([
    [
      'goes where their dead letters go',
      on({ when: placed, deadLetter: 'parked' }),
      { kind: 'dead-letter', topic: 'parked' },
    ],
    [
      'goes to a topic of its own where theirs differ',
      on({ name: 'a', when: placed, deadLetter: 'x' }, { name: 'b', when: paid, deadLetter: 'y' }),
      { kind: 'dead-letter', topic: 'orders.v1.g.dlq' },
    ],
    [
      'goes to a topic of its own where they have none',
      on({ when: placed, onExhausted: 'halt' }),
      { kind: 'dead-letter', topic: 'orders.v1.g.dlq' },
    ],
    ['is skipped where that was written', consumer({ unmatched: 'skip' }, { when: placed }), { kind: 'skip' }],
    ['halts where that was written', consumer({ unmatched: 'halt' }, { when: placed }), { kind: 'halt' }],
    [
      'is skipped at most once, whatever was written',
      consumer({ unmatched: 'halt' }, { when: placed, delivery: 'at-most-once' }),
      { kind: 'skip' },
    ],
  ])('%s', (_case, definition, expected) => {
    expect(topicOf(definition).exhaustion).toEqual(expected)
  })

  it('is spoken about by one of several consumers', () => {
    const silent = on({ name: 'a', when: paid })
    expect(topicOf(silent, consumer({ unmatched: 'halt' }, { name: 'b', when: placed })).exhaustion.kind).toBe('halt')
  })
})

describe('a plan is refused for', () => {
  it.each<[string, ConsumerDefinition, RegExp]>([
    [
      'two conditions that can meet',
      on({ when: placed }, { when: anyOrder }),
      /can meet in one record: header event-type "order.placed"/,
    ],
    [
      'two that look at different headers',
      on({ when: placed }, { when: headerIs('tenant', 'a') }),
      /header event-type "order.placed", header tenant "a"/,
    ],
    [
      'two with the same priority',
      on({ when: placed, priority: 2 }, { when: anyOrder, priority: 2 }),
      /can meet in one record/,
    ],
    [
      'a handler without a condition beside one with',
      on({ name: 'x' }, { when: placed }),
      /x: it has no condition \(when\)/,
    ],
    [
      'two that take the rest',
      on({ name: 'a', when: otherwise }, { name: 'b', when: otherwise }),
      /b: a takes the rest of this topic already/,
    ],
    ['a priority without a condition', on({ priority: 1 }), /it has a priority, but no condition/],
    ['a rest with a priority', on({ when: otherwise, priority: 1 }), /it is otherwise, and has a priority/],
    ['a condition that nothing meets', on({ when: allOf(placed, paid) }), /no record can meet allOf\(/],
    ['a pattern with two stars', on({ when: headerIs('t', 'a*b*') }), /"a\*b\*" is no pattern for the header t/],
    [
      'a pattern with a star inside',
      on({ when: anyOf(placed, headerIs('t', 'a*b')) }),
      /"a\*b" is no pattern for the header t/,
    ],
    ['a header without a name', on({ when: headerIs('', 'a') }), /headerIs has an empty name/],
    [
      'a header without values',
      on({ when: { kind: 'header', name: 'x', patterns: [] } }),
      /headerIs\('x'\) has no values/,
    ],
    ['a field without values', on({ when: { kind: 'field', name: 'x', values: [] } }), /fieldIs\('x'\) has no values/],
    ['a field that is not a number', on({ when: fieldIs('x', Number.NaN) }), /NaN is no value for the field x/],
    ['an empty allOf', on({ when: { kind: 'all', of: [] } }), /allOf has no conditions/],
    [
      'otherwise inside',
      on({ when: { kind: 'any', of: [otherwise as never] } }),
      /otherwise stands inside another condition/,
    ],
    ['something else', on({ when: 'order.placed' as never }), /when: is not headerIs/],
    [
      'two handlers of one name',
      on({ name: 'x', when: placed }, { name: 'x', when: paid }),
      /another handler of this topic has the same name/,
    ],
    ['a name that is taken', on({ name: 'unrouted', when: placed }), /"unrouted" is what records are counted under/],
    [
      'two ways to deliver',
      on({ when: placed }, { when: paid, delivery: 'at-most-once' }),
      /its delivery is at-most-once, that of .* is at-least-once/,
    ],
  ])('%s', (_case, definition, problem) => {
    expect(problemsOf(definition)).toEqual([expect.stringMatching(problem)])
  })

  it('two words of its consumers about the rest', () => {
    const one = consumer({ unmatched: 'halt' }, { name: 'a', when: placed })
    const other = consumer({ unmatched: 'skip' }, { name: 'b', when: paid })
    expect(problemsOf(one, other)).toEqual([
      expect.stringMatching(/says unmatched: 'skip', that of a on this topic 'halt'/),
    ])
  })

  it('a field beside two definitions of the topic', () => {
    const handlers = [
      handle(Orders, { deadLetter: true, when: placed }, nothing),
      handle(Events, { deadLetter: true, when: fieldIs('kind', 'x'), priority: 1 }, nothing),
    ]
    expect(problemsOf(defineConsumer({ group: 'g', handlers }))).toEqual([
      expect.stringMatching(/looks at a field, and this handler defines the topic in another way/),
    ])
  })

  it('a dead-letter topic of nobody that nobody could create', () => {
    const long = topic('x'.repeat(246), { key: utf8, value: utf8 })
    const handlers = [handle(long, { onExhausted: 'halt', when: placed }, nothing)]
    expect(problemsOf(defineConsumer({ group: 'g', handlers }))).toEqual([
      expect.stringMatching(/unrouted: dead letters: .*252/),
    ])
  })

  it('nothing, where a priority says which comes first', () => {
    expect(problemsOf(on({ when: placed, priority: 1 }, { when: anyOrder }))).toEqual([])
  })
})
