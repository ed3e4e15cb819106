import { describe, expect, it } from 'vitest'
import { MillraceError } from '../millrace-error.js'
import { buildPlan, type PlanOptions } from './build-plan.js'
import { Consumer } from './consumer.js'
import { type ConsumerDefinition, defineConsumer, handle } from './define-consumer.js'
import { fromEnv } from './env-name.js'
import { Handle } from './handle.js'
import type { HandleOptions } from './handle-options.js'
import type { Middleware } from './middleware.js'
import type { HandlerPlan } from './plan.js'
import { exponential } from './retry/exponential.js'
import { fixed } from './retry/fixed.js'
import { json } from './serdes/json.js'
import { utf8 } from './serdes/utf8.js'
import { topic } from './topic.js'

const Orders = topic('orders.v1', { key: utf8, value: utf8 })
const Payments = topic('payments.v1', { key: utf8, value: json(), tombstones: true })
const nothing = (): void => {}

/** A consumer with one handler. */
const consumer = (options: HandleOptions, group = 'billing', on = Orders): ConsumerDefinition =>
  defineConsumer({ group, handlers: [handle(on, options, nothing)] })

const named = (name: string) => topic(name, { key: utf8, value: utf8 })

function handlerOf(consumers: ConsumerDefinition[], options?: PlanOptions): HandlerPlan {
  const found = buildPlan(consumers, options).groups[0]?.handlers[0]
  if (found === undefined) throw new Error('no handler in the plan')
  return found
}

/** `where: problem` of each problem of a plan that is refused. */
function problemsOf(consumers: readonly unknown[], options?: PlanOptions): string[] {
  try {
    buildPlan(consumers as ConsumerDefinition[], options) // hostile lists are the point
  } catch (thrown) {
    if (!(thrown instanceof MillraceError) || thrown.code !== 'MILLRACE_PLAN_INVALID') throw thrown
    const lines = thrown.message.split('\n').slice(1)
    const fixes = lines.filter((line) => /^ {4}fix: \S/.test(line))
    const problems = lines.filter((line) => line.startsWith('  - '))
    expect(fixes).toHaveLength(problems.length)
    return problems.map((line) => line.slice(4))
  }
  return []
}

@Consumer({ group: 'billing' })
class Billing {
  @Handle(Orders, { deadLetter: true, concurrency: 64, timeout: '5s' })
  placed(_order: string): void {}
}

@Consumer({ group: 'billing' })
class Refunds {
  @Handle(Payments, { onExhausted: 'halt' })
  paid(_payment: unknown): void {}
}

describe('a plan', () => {
  it('merges the classes of one group and keeps other groups apart', () => {
    const Audit = consumer({ onExhausted: 'skip' }, 'audit')
    const { groups } = buildPlan([Billing, Audit, Refunds])
    expect(groups.map(({ group, handlers }) => [group, ...handlers.map(({ name }) => name)])).toEqual([
      ['billing', 'Billing.placed', 'Refunds.paid'],
      ['audit', 'audit.orders.v1'],
    ])
  })

  it('holds every option of a handler, with the defaults filled in', () => {
    expect(handlerOf([Billing as never])).toMatchObject({
      name: 'Billing.placed',
      group: 'billing',
      delivery: 'at-least-once',
      order: 'partition',
      concurrency: 64,
      timeoutMs: 5_000,
      topic: { name: 'orders.v1', tombstones: false },
      exhaustion: { kind: 'dead-letter', topic: 'orders.v1.billing.dlq' },
      middleware: [],
      target: { kind: 'method', consumer: Billing, method: 'placed' },
    })
  })

  it('is frozen through and through, but for what belongs to the user', () => {
    const isDeeplyFrozen = (value: unknown): boolean =>
      typeof value !== 'object' ||
      value === null ||
      (Object.isFrozen(value) && Object.values(value).every((inner) => isDeeplyFrozen(inner)))
    expect(isDeeplyFrozen(buildPlan([Billing, Refunds, consumer({ onExhausted: 'skip' }, 'audit')]))).toBe(true)

    const delayAfter = () => 1
    const mine = { maxAttempts: 2, delayAfter }
    buildPlan([consumer({ retry: mine, deadLetter: true })])
    expect([Object.isFrozen(mine), Object.isFrozen(Billing)]).toEqual([false, false])
  })

  it('puts middleware around a handler from the worker in', () => {
    const [worker, ofConsumer, ofHandler]: Middleware[] = [nothing, () => {}, () => {}]
    const definition = defineConsumer({
      group: 'billing',
      middleware: [ofConsumer as Middleware],
      handlers: [handle(Orders, { deadLetter: true, middleware: [ofHandler as Middleware] }, nothing)],
    })
    expect(handlerOf([definition], { middleware: [worker as Middleware] }).middleware).toEqual([
      worker,
      ofConsumer,
      ofHandler,
    ])
  })

  it('retries four times by default, as written otherwise, and not at all at most once', () => {
    const attempts = (options: HandleOptions): number => handlerOf([consumer(options)]).retry.maxAttempts
    expect(attempts({ deadLetter: true })).toBe(4)
    expect(attempts({ deadLetter: true, retry: fixed({ attempts: 9 }) })).toBe(9)
    expect(attempts({ deadLetter: true, retry: 'none' })).toBe(1)
    expect(attempts({ delivery: 'at-most-once' })).toBe(1)
  })

  it('asks retryIf', () => {
    const { isRetriable } = handlerOf([consumer({ deadLetter: true, retryIf: (error) => error === 'again' })])
    expect([isRetriable('again'), isRetriable('no')]).toEqual([true, false])
  })

  it.each<[string, HandleOptions, unknown]>([
    ['deadLetter: true', { deadLetter: true }, { kind: 'dead-letter', topic: 'orders.v1.billing.dlq' }],
    ['a named topic', { deadLetter: 'orders.dlq.v1' }, { kind: 'dead-letter', topic: 'orders.dlq.v1' }],
    ['a topic of the environment', { deadLetter: fromEnv('DLQ', 'dlq') }, { kind: 'dead-letter', topic: 'parked' }],
    ['halt', { onExhausted: 'halt' }, { kind: 'halt' }],
    ['skip', { onExhausted: 'skip' }, { kind: 'skip' }],
    ['at-most-once', { delivery: 'at-most-once' }, { kind: 'skip' }],
    ['at-most-once, said twice', { delivery: 'at-most-once', onExhausted: 'skip', retry: 'none' }, { kind: 'skip' }],
  ])('exhaustion: %s', (_case, options, expected) => {
    expect(handlerOf([consumer(options)], { env: { DLQ: 'parked' } }).exhaustion).toEqual(expected)
  })
})

describe('names', () => {
  it('come from the environment where it sets them, else from the fallback', () => {
    const own = topic(fromEnv('ORDERS_TOPIC', 'orders.v1'), { key: utf8, value: utf8 })
    const definition = defineConsumer({
      group: fromEnv('GROUP', 'billing'),
      handlers: [handle(own, { deadLetter: true }, nothing)],
    })
    const namesIn = (env: Record<string, string | undefined>): string[] => {
      const { group, topic: found } = handlerOf([definition], { env })
      return [group, found.name]
    }
    expect(namesIn({})).toEqual(['billing', 'orders.v1'])
    expect(namesIn({ ORDERS_TOPIC: '', GROUP: undefined })).toEqual(['billing', 'orders.v1'])
    expect(namesIn({ ORDERS_TOPIC: 'o', GROUP: 'g' })).toEqual(['g', 'o'])
  })

  it('get their prefixes, derived and explicit dead-letter topics included', () => {
    const prefixes = { topicPrefix: 'stage.', groupPrefix: 'stage-' }
    expect(handlerOf([consumer({ deadLetter: true })], prefixes)).toMatchObject({
      group: 'stage-billing',
      name: 'stage-billing.stage.orders.v1',
      topic: { name: 'stage.orders.v1' },
      exhaustion: { topic: 'stage.orders.v1.stage-billing.dlq' },
    })
    expect(handlerOf([consumer({ deadLetter: 'parked' })], prefixes).exhaustion).toMatchObject({
      topic: 'stage.parked',
    })
  })

  it('of a function may be given', () => {
    const definition = defineConsumer({
      group: 'g',
      handlers: [handle(Orders, { name: 'charge', deadLetter: true }, nothing)],
    })
    expect(handlerOf([definition]).name).toBe('charge')
  })
})

describe('defaults of a consumer', () => {
  const withDefaults = (defaults: HandleOptions, options: HandleOptions): ConsumerDefinition =>
    defineConsumer({ group: 'billing', defaults, handlers: [handle(Orders, options, nothing)] })

  it('hold where the handler says nothing', () => {
    const plan = handlerOf([withDefaults({ deadLetter: true, timeout: '1s', concurrency: 2 }, { concurrency: 3 })])
    expect(plan).toMatchObject({ timeoutMs: 1_000, concurrency: 3, exhaustion: { topic: 'orders.v1.billing.dlq' } })
  })

  it('give way as one decision where the handler names its own exhaustion', () => {
    expect(handlerOf([withDefaults({ deadLetter: true }, { onExhausted: 'skip' })]).exhaustion).toEqual({
      kind: 'skip',
    })
    expect(handlerOf([withDefaults({ onExhausted: 'halt' }, { deadLetter: 'd' })]).exhaustion).toMatchObject({
      topic: 'd',
    })
  })

  it('leave out what a handler that turns to at-most-once can not have', () => {
    const definition = withDefaults({ deadLetter: true, retry: exponential() }, { delivery: 'at-most-once' })
    expect(handlerOf([definition])).toMatchObject({ exhaustion: { kind: 'skip' }, retry: { maxAttempts: 1 } })
  })

  it('say what becomes of large dead letters where the handler has any', () => {
    const defaults = { deadLetter: true, onOversize: 'skip' } as const
    const plans = [{}, { deadLetter: 'd' }, { onOversize: 'without-value' }, { onExhausted: 'halt' }] as const
    expect(plans.map((own) => handlerOf([withDefaults(defaults, own)]).onOversize)).toEqual([
      ...['skip', 'skip', 'without-value', 'halt'],
    ])
    expect(handlerOf([withDefaults(defaults, { delivery: 'at-most-once' })]).onOversize).toBe('halt')
  })

  it('are checked once, not per handler', () => {
    const definition = defineConsumer({
      group: 'billing',
      defaults: JSON.parse('{"deadLetter":true,"timeout":"soon"}'),
      handlers: [handle(Orders, {}, nothing), handle(Payments, {}, nothing)],
    })
    expect(problemsOf([definition])).toEqual(['consumers[0]: defaults: timeout: "soon" is not a duration'])
  })
})

describe('problems of one handler', () => {
  const place = 'billing: orders.v1 -> billing.orders.v1'

  it.each<[string, string, string[]]>([
    ['no exhaustion policy', '{}', ['it does not say what becomes of a record that can not be processed']],
    ['two of them', '{"deadLetter":true,"onExhausted":"halt"}', ['it has both deadLetter and onExhausted']],
    [
      'its own topic as dead-letter topic',
      '{"deadLetter":"orders.v1"}',
      ['its dead-letter topic is its own source, "orders.v1"'],
    ],
    ['an invalid dead-letter topic', '{"deadLetter":"a b"}', ['dead letters: the topic name "a b" holds " "']],
    ['an empty dead-letter topic', '{"deadLetter":""}', ['dead letters: the topic name is empty']],
    [
      'at most once with dead letters',
      '{"delivery":"at-most-once","deadLetter":true}',
      ['at-most-once has no deadLetter: the record is committed before it is handled'],
    ],
    [
      'at most once with halt',
      '{"delivery":"at-most-once","onExhausted":"halt"}',
      ['at-most-once has no onExhausted: the record is committed before it is handled'],
    ],
    [
      'at most once with a policy for large dead letters',
      '{"delivery":"at-most-once","onOversize":"skip"}',
      ['at-most-once has no onOversize: the record is committed before it is handled'],
    ],
    [
      'a policy for large dead letters without a dead-letter topic',
      '{"onExhausted":"halt","onOversize":"skip"}',
      ['it has onOversize, but no dead-letter topic that could refuse a letter'],
    ],
  ])('%s', (_case, options, expected) => {
    expect(problemsOf([consumer(JSON.parse(options))])).toEqual(expected.map((problem) => `${place}: ${problem}`))
  })

  it('at most once with a retry policy', () => {
    expect(problemsOf([consumer({ delivery: 'at-most-once', retry: exponential() })])).toEqual([
      `${place}: at-most-once has no retry: the record is committed before it is handled`,
    ])
  })

  it('wrong options, all of them, inside the retry policy as well', () => {
    const options = {
      ...JSON.parse('{"timeout":"10S","deadletter":true,"retryIf":"always","middleware":[1],"onExhausted":"drop"}'),
      retry: exponential({ attempts: 0, budget: '1ms' }),
      deadLetter: true,
    }
    expect(problemsOf([consumer(options)]).map((line) => line.replace(`${place}: `, ''))).toEqual([
      'timeout: "10S" is not a duration',
      "onExhausted: \"drop\" is not one of 'halt', 'skip'",
      'retryIf: is not a function from an error to a boolean',
      'middleware: is not an array of middleware functions',
      'deadletter: is not an option',
      'retry exponential: attempts: 0 is not an integer from 1 to 1000',
      'retry exponential: budget: is shorter than initialDelay, so nothing may be retried',
      'it has both deadLetter and onExhausted',
    ])
  })

  it('a retry policy, a dead letter and a topic that are none', () => {
    const broken = defineConsumer({
      group: 'billing',
      handlers: [
        handle(Orders, JSON.parse('{"retry":{},"deadLetter":false}'), nothing),
        handle(JSON.parse('null'), {}, nothing),
      ],
    })
    expect(problemsOf([broken])).toEqual([
      `${place}: deadLetter: is not true, a topic name or fromEnv(...)`,
      `${place}: retry: is not exponential(...), fixed(...), customRetry(...) or 'none'`,
      'billing: a handler: the handler has no topic',
    ])
  })

  it('a derived dead-letter name that Kafka would refuse', () => {
    expect(problemsOf([consumer({ deadLetter: true }, 'team a')])).toEqual([
      'team a: orders.v1 -> team a.orders.v1: dead letters: the topic name "orders.v1.team a.dlq" holds " "',
    ])
    const long = named('x'.repeat(240))
    expect(problemsOf([consumer({ deadLetter: true }, 'billing', long)])[0]).toContain('has 252 characters')
  })

  it.each([
    ['a topic', consumer({ onExhausted: 'halt' }, 'g', named('..')), '".." is not allowed as a topic name'],
    ['a group', consumer({ onExhausted: 'halt' }, 'a\nb'), 'the group name "a\\nb" holds control characters'],
    ['no group', consumer({ onExhausted: 'halt' }, ''), 'the group name is empty'],
    ['a group of another type', { group: 7, handlers: [] }, 'the group name is empty'],
  ])('an invalid name: %s', (_case, definition, expected) => {
    expect(problemsOf([definition]).join()).toContain(expected)
  })

  it('an empty group name is not saved by the prefix', () => {
    expect(problemsOf([consumer({ onExhausted: 'halt' }, ' ')], { groupPrefix: 'stage-' }).join()).toContain('is empty')
  })
})

describe('problems of consumers', () => {
  @Consumer({ group: 'empty' })
  class WithoutHandlers {}

  class WithoutConsumer {
    @Handle(Orders, { deadLetter: true })
    placed(): void {}
  }

  class Plain {}

  @Consumer({ group: 'statics' })
  class Misplaced {
    @Handle(Orders, { deadLetter: true })
    static placed(): void {}
  }

  it.each<[string, readonly unknown[], string[]]>([
    ['nothing at all', [], ['consumers: the list is empty']],
    [
      'a class without @Handle',
      [WithoutHandlers],
      ['WithoutHandlers: no method of the class has @Handle or @Transform'],
    ],
    ['a class without @Consumer', [WithoutConsumer], ['WithoutConsumer: the class has no @Consumer']],
    [
      'a plain class',
      [Plain],
      ['Plain: the class has no @Consumer', 'Plain: no method of the class has @Handle or @Transform'],
    ],
    ['a static method', [Misplaced], ['statics: orders.v1 -> Misplaced.placed: @Handle stands on a static method']],
    ['the same class twice', [Billing, Billing], ['Billing: is listed more than once in consumers']],
    ['undefined', [undefined, Billing], ['consumers[0]: is undefined']],
    [
      'something else',
      [Billing, 'Refunds', {}],
      ['consumers[1]: is neither a class nor a definition', 'consumers[2]: is neither a class nor a definition'],
    ],
    ['a definition without handlers', [{ group: 'g', handlers: [] }], ['consumers[0]: has no handlers']],
    [
      'an unknown option',
      [{ group: 'g', groupId: 'x', handlers: [handle(Orders, { deadLetter: true }, nothing)] }],
      ['consumers[0]: groupId: is not an option'],
    ],
  ])('%s', (_case, consumers, expected) => {
    expect(problemsOf(consumers)).toEqual(expected)
  })

  it('a handler without a function', () => {
    const broken = defineConsumer({ group: 'g', handlers: [handle(Orders, { deadLetter: true }, JSON.parse('null'))] })
    expect(problemsOf([broken])).toEqual(['g: orders.v1 -> g.orders.v1: has no handler function'])
  })
})

describe('problems between handlers', () => {
  it('two handlers for one topic in a group', () => {
    expect(problemsOf([Billing, consumer({ deadLetter: true })])).toEqual([
      'billing: orders.v1 -> billing.orders.v1: Billing.placed handles this topic in the same group already',
    ])
  })

  it('two delivery modes for one topic in a group', () => {
    expect(problemsOf([Billing, consumer({ delivery: 'at-most-once' })])).toEqual([
      'billing: orders.v1 -> billing.orders.v1: Billing.placed handles this topic in the same group with another delivery mode, at-least-once',
    ])
  })

  it('one topic in two groups is fine, in two modes too', () => {
    expect(problemsOf([Billing, consumer({ delivery: 'at-most-once' }, 'counting')])).toEqual([])
  })

  it('the dead letters may be read, by another group or the same one', () => {
    const Dead = named('orders.v1.billing.dlq')
    expect(problemsOf([Billing, consumer({ onExhausted: 'halt' }, 'support', Dead)])).toEqual([])
    expect(problemsOf([Billing, consumer({ onExhausted: 'skip' }, 'billing', Dead)])).toEqual([])
    expect(problemsOf([Billing, consumer({ deadLetter: true }, 'support', Dead)])).toEqual([])
  })

  it('dead letters that would come back', () => {
    const Dead = named('orders.v1.billing.dlq')
    const back = consumer({ deadLetter: 'orders.v1' }, 'support', Dead)
    expect(problemsOf([Billing, back])).toEqual([
      'support: orders.v1.billing.dlq -> support.orders.v1.billing.dlq: dead letters would go round in a circle: orders.v1 -> orders.v1.billing.dlq -> orders.v1',
    ])
  })

  it('two derived dead-letter topics of one name', () => {
    const first = consumer({ deadLetter: true }, 'b.c', named('a'))
    const second = consumer({ deadLetter: true }, 'c', named('a.b'))
    expect(problemsOf([first, second])).toEqual([
      'c: a.b -> c.a.b: its dead-letter topic has the same name as that of b.c.a, "a.b.c.dlq"',
    ])
  })

  it('a dead-letter topic shared by name is fine', () => {
    const all = [named('a'), named('b')].map((on) => consumer({ deadLetter: 'all.dlq' }, 'g', on))
    expect(problemsOf(all)).toEqual([])
  })

  it('names that collide in metrics, dead-letter topics included', () => {
    const dotted = consumer({ onExhausted: 'halt' }, 'g', named('a.b'))
    const scored = consumer({ onExhausted: 'halt' }, 'g', named('a_b'))
    expect(problemsOf([dotted, scored]).join()).toContain('the topics "a.b" and "a_b" collide')
    expect(problemsOf([dotted, consumer({ deadLetter: 'a_b' })]).join()).toContain('the topics "a.b" and "a_b" collide')
  })

  it('are listed all at once, with those of single handlers', () => {
    const all = [Billing, Billing, consumer({}), consumer({ onExhausted: 'halt' }, '', named('a b'))]
    expect(problemsOf(all)).toHaveLength(5)
  })
})
