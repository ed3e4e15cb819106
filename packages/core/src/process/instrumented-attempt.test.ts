import { describe, expect, it } from 'vitest'
import type { AttemptedHandler, AttemptEnd, RecordInstrument, RecordTrace } from '../observe/instrument.js'
import type { Logger } from '../observe/logger.js'
import { silentLogger } from '../observe/logger.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { handlerPlan } from '../test-support/plans.js'
import { receivedRecord } from '../test-support/records.js'
import type { Attempt } from './attempt.js'
import { instrumentedAttempt } from './instrumented-attempt.js'
import { interrupted, type Outcome, succeeded } from './outcome.js'

function setup(attempt: Attempt, given: Partial<RecordInstrument> = {}) {
  const clock = createHandClock()
  const plan = handlerPlan()
  const logged: string[] = []
  const log: Logger = { ...silentLogger, error: (_fields, message) => void logged.push(message) }
  const ran: { handler: AttemptedHandler; end: AttemptEnd['kind']; durationMs: number; attempt: number }[] = []
  const instrument: RecordInstrument = {
    ran: (handler, { kind }, durationMs, number) => ran.push({ handler, end: kind, durationMs, attempt: number }),
    ...given,
  }
  const record = receivedRecord(5)
  const tried = instrumentedAttempt(attempt, { plan, clock, log }, instrument)
  return { clock, plan, logged, ran, record, attempt: () => tried(record) }
}

const traceOf = (trace: Partial<RecordTrace>): RecordTrace => ({
  ...{ traceId: 'trace', spanId: 'span', run: (call) => call(), headers: () => [], end: () => undefined },
  ...trace,
})

describe('an attempt with an instrument', () => {
  it('is the attempt itself where there is none', () => {
    const attempt: Attempt = () => succeeded
    const { plan, clock } = setup(attempt)
    expect(instrumentedAttempt(attempt, { plan, clock, log: silentLogger }, undefined)).toBe(attempt)
  })

  it('stays synchronous where the handler is, and is told of with its duration and its number', () => {
    const { attempt, ran, plan, record } = setup(() => succeeded)
    record.attempt = 3
    expect(attempt()).toBe(succeeded)
    expect(ran).toEqual([{ handler: plan, end: 'succeeded', durationMs: 0, attempt: 3 }])
  })

  it('ends when the promise of the handler does, under the number that it began with', async () => {
    const answer = Promise.withResolvers<Outcome>()
    const { attempt, ran, clock, record } = setup(() => answer.promise)
    const trying = attempt()
    await clock.advance(250)
    expect(ran).toEqual([])
    answer.resolve(interrupted)
    record.attempt = 2
    expect(await trying).toBe(interrupted)
    expect(ran).toMatchObject([{ end: 'interrupted', durationMs: 250, attempt: 1 }])
  })

  it('that is synchronous and fast is measured one time in eight, and stands for the next seven', () => {
    const { attempt, ran, clock } = setup(() => succeeded)
    let looks = 0
    const now = clock.now.bind(clock)
    // Half a millisecond goes by between two looks at the clock.
    clock.now = () => now() + (looks += 1) * 0.5
    for (let run = 0; run < 16; run += 1) void attempt()
    expect(looks).toBe(4)
    expect(ran.map(({ durationMs }) => durationMs)).toEqual(Array.from({ length: 16 }, () => 0.5))
  })

  it('that is synchronous and slow, or asynchronous, is measured each time', async () => {
    let outcome: Outcome | Promise<Outcome> = succeeded
    const { attempt, ran, clock } = setup(() => outcome)
    let looks = 0
    clock.now = () => (looks += 1)
    for (let run = 0; run < 3; run += 1) void attempt()
    outcome = Promise.resolve(succeeded)
    for (let run = 0; run < 3; run += 1) await attempt()
    expect(looks).toBe(12)
    expect(ran.map(({ durationMs }) => durationMs)).toEqual([1, 1, 1, 1, 1, 1])
  })

  it('that turns out to be asynchronous after a fast one is measured from there on', async () => {
    let outcome: Outcome | Promise<Outcome> = succeeded
    const { attempt, ran, clock } = setup(() => outcome)
    void attempt()
    outcome = clock.wait(40, new AbortController().signal).then(() => succeeded)
    const trying = attempt()
    await clock.advance(40)
    await trying
    expect(ran.map(({ durationMs }) => durationMs)).toEqual([0, 40])
  })

  it('is measured as a whole from the second asynchronous one on', async () => {
    let nowMs = 0
    const outcomes: (() => Outcome | Promise<Outcome>)[] = [
      () => succeeded,
      async () => succeeded,
      () => {
        nowMs += 5 // before there is a promise
        return Promise.resolve(succeeded)
      },
    ]
    const { attempt, ran, clock } = setup(() => outcomes.shift()?.() ?? expect.unreachable())
    clock.now = () => nowMs
    for (let run = 0; run < 3; run += 1) await attempt()
    expect(ran.map(({ durationMs }) => durationMs)).toEqual([0, 0, 5])
  })

  it('runs inside of its trace, which stays with the record and ends with the outcome', () => {
    const steps: string[] = []
    const trace = traceOf({
      run(call) {
        steps.push('in')
        const result = call()
        steps.push('out')
        return result
      },
      end: ({ kind }) => void steps.push(kind),
    })
    const { attempt, record } = setup(() => (steps.push('attempt'), succeeded), { begin: () => trace })
    void attempt()
    expect(steps).toEqual(['in', 'attempt', 'out', 'succeeded'])
    expect(record.trace).toBe(trace)
  })

  it('is that of the handler which was chosen for the record', () => {
    const route = handlerPlan({ name: 'Billing.cancelled' })
    const ends: string[] = []
    const trace = traceOf({ end: (_end, { name }) => void ends.push(name) })
    const { attempt, record, ran } = setup(() => ((record.route = route), succeeded), { begin: () => trace })
    void attempt()
    expect(ran.map(({ handler }) => handler)).toEqual([route])
    expect(ends).toEqual(['Billing.cancelled'])
  })

  it('shows the next attempt the trace of the one before', () => {
    const before: unknown[] = []
    const traces = [traceOf({ spanId: 'one' }), traceOf({ spanId: 'two' })]
    const begin: RecordInstrument['begin'] = ({ trace }) => {
      before.push(trace?.spanId)
      return traces[before.length - 1] ?? traceOf({})
    }
    const { attempt } = setup(() => succeeded, { begin })
    void attempt()
    void attempt()
    expect(before).toEqual([undefined, 'one'])
  })

  const broken = (): never => {
    throw new Error('exporter')
  }
  it.each<[when: string, instrument: Partial<RecordInstrument>, logged: number]>([
    ['begins', { begin: broken }, 1],
    ['runs', { begin: () => traceOf({ run: broken }) }, 1],
    ['does not run it', { begin: () => traceOf({ run: () => undefined as never }) }, 0],
    ['ends', { begin: () => traceOf({ end: broken }) }, 1],
    ['hears of it', { ran: broken }, 1],
  ])('goes its way once when the instrument fails as it %s, and that is logged once', (_when, instrument, times) => {
    let runs = 0
    const { attempt, logged } = setup(() => ((runs += 1), succeeded), instrument)
    expect([attempt(), attempt()]).toEqual([succeeded, succeeded])
    expect(runs).toBe(2)
    expect(logged).toHaveLength(times)
  })
})
