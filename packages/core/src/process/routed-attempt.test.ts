import { describe, expect, it } from 'vitest'
import type { RoutePlan } from '../declare/plan.js'
import { headerIs, type RouteCondition } from '../declare/routing/condition.js'
import { fieldIs } from '../declare/routing/field-condition.js'
import { silentLogger } from '../observe/logger.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { handlerPlan, raw } from '../test-support/plans.js'
import { header, receivedRecord } from '../test-support/records.js'
import { Deadlines } from './deadlines.js'
import type { HandlerRuntime } from './handler-runtime.js'
import { succeeded } from './outcome.js'
import { createRoutedAttempt } from './routed-attempt.js'
import { Stragglers } from './stragglers.js'

/** Routes by condition; who tried a record, and what it had been decoded to by then. */
function setup(conditions: readonly RouteCondition[], decode: () => unknown) {
  const clock = createHandClock()
  const topic = { name: 'orders', key: raw, value: { ...raw, decode }, tombstones: false }
  const routes = conditions.map((when, at): RoutePlan => ({ ...handlerPlan({ name: `${at}` }), when, priority: 0 }))
  const runtime: HandlerRuntime = {
    ...{ plan: handlerPlan({ topic }), clock, log: silentLogger, isOurTopic: false },
    ...{ limits: new Deadlines(1_000, clock), graces: new Deadlines(5_000, clock), stragglers: new Stragglers() },
    tally: { attempts: 0, retriesInPlace: 0, lateResults: 0, deadLetterFailures: 0 },
    onLate: () => undefined,
  }
  const tried: unknown[] = []
  const attemptOf = (name: string) => (record: ReceivedRecord) => {
    tried.push([name, record.route?.name, record.decoded?.kind])
    return succeeded
  }
  const chosen: (string | undefined)[] = []
  const over = new AbortController()
  const lease = { over: over.signal, chosen: ({ route }: ReceivedRecord) => void chosen.push(route?.name) }
  const attempt = createRoutedAttempt({
    runtime,
    routes,
    unrouted: attemptOf('nobody'),
    attemptOf: ({ name }) => attemptOf(name),
  })
  const record = receivedRecord(0, { headers: [header('type', 'a')] })
  return { attempt: () => attempt(record, lease), chosen, clock, over, record, tried }
}

const byHeader = headerIs('type', 'a')
const byField = fieldIs('kind', 'x')

describe('an attempt at a record with several handlers', () => {
  it('leaves decoding to the one that its headers choose', () => {
    const { attempt, tried, chosen } = setup([byHeader], () => {
      throw new Error('decoded')
    })
    expect(attempt()).toBe(succeeded)
    expect([tried, chosen]).toEqual([[['0', '0', undefined]], ['0']])
  })

  it('decodes before a field is looked at, and hands on what it was decoded to, without a promise', () => {
    const { attempt, tried, chosen, record } = setup([byField, byHeader], () => ({ kind: 'x' }))
    expect(attempt()).toBe(succeeded)
    expect([tried, chosen]).toEqual([[['0', '0', 'decoded']], ['0']])
    expect(record.decoded).toEqual({ kind: 'decoded', key: record.raw.key, message: { kind: 'x' } })
  })

  it('is not chosen for good where decoding failed', () => {
    const { attempt, tried, chosen } = setup([byField, byHeader], () => {
      throw new Error('not now')
    })
    void attempt()
    expect([tried, chosen]).toEqual([[['1', '1', 'failed']], []])
  })

  it('forgets the choice of the attempt before', () => {
    let isBroken = true
    const { attempt, tried } = setup([byField], () => {
      if (isBroken) throw new Error('not now')
      return { kind: 'x' }
    })
    void attempt()
    isBroken = false
    void attempt()
    expect(tried).toEqual([
      ['nobody', undefined, 'failed'],
      ['0', '0', 'decoded'],
    ])
  })

  it('starts nobody when the lease has ended while it was decoded', async () => {
    const decoding = Promise.withResolvers<unknown>()
    const { attempt, tried, over, record } = setup([byField], () => decoding.promise)
    const outcome = attempt()
    expect(record.run).toBeDefined()
    decoding.resolve({ kind: 'x' })
    over.abort('revoked')
    expect([await outcome, tried]).toEqual([{ kind: 'interrupted' }, []])
  })

  it('ends at once when the lease interrupts its decoding', async () => {
    const { attempt, tried, record } = setup([byField], () => new Promise(() => undefined))
    const outcome = attempt()
    record.run?.interrupt('revoked')
    expect([await outcome, tried]).toEqual([{ kind: 'interrupted' }, []])
  })

  it('fails when its decoding takes longer than the time limit of the topic', async () => {
    const { attempt, tried, clock } = setup([byField], () => new Promise(() => undefined))
    const outcome = attempt()
    await clock.advance(6_000)
    await outcome
    expect(tried).toEqual([['nobody', undefined, 'failed']])
  })
})
