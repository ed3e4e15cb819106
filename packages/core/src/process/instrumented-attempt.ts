import type { HandlerPlan } from '../declare/plan.js'
import type { AttemptedHandler, RecordInstrument, RecordTrace } from '../observe/instrument.js'
import { errorFrom } from '../observe/thrown.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import type { Attempt } from './attempt.js'
import type { HandlerRuntime } from './handler-runtime.js'
import type { Outcome } from './outcome.js'

/**
 * Puts an instrument around the attempts of a handler; without one the attempt is what it was. Whatever the instrument throws is
 * logged once and changes nothing: the record goes its way.
 */
export function instrumentedAttempt(
  attempt: Attempt,
  { plan, clock, log }: Pick<HandlerRuntime, 'plan' | 'clock' | 'log'>,
  instrument: RecordInstrument | undefined,
): Attempt {
  if (instrument === undefined) return attempt
  const { begin, ran } = instrument
  let isReported = false
  const report = (thrown: unknown): void => {
    if (!isReported) log.error({ err: errorFrom(thrown) }, 'telemetry of records failed; their handling goes on')
    isReported = true
  }
  const begun = (record: ReceivedRecord): RecordTrace | undefined => {
    try {
      return begin?.(record, handlerOf(record, plan))
    } catch (thrown) {
      return void report(thrown)
    }
  }
  const inside = (trace: RecordTrace, record: ReceivedRecord): Outcome | Promise<Outcome> => {
    let tried: Outcome | Promise<Outcome> | undefined
    try {
      trace.run(() => (tried = attempt(record)))
    } catch (thrown) {
      report(thrown) // an attempt never throws
    }
    return tried ?? attempt(record)
  }
  const ended = (record: ReceivedRecord, outcome: Outcome, number: number, startedAt: number): Outcome => {
    try {
      const handler = handlerOf(record, plan)
      ran?.(handler, outcome, clock.now() - startedAt, number)
      record.trace?.end(outcome, handler)
    } catch (thrown) {
      report(thrown)
    }
    return outcome
  }

  return (record) => {
    if (begin !== undefined) record.trace = begun(record)
    const { attempt: number, trace } = record
    const startedAt = clock.now()
    const tried = trace === undefined ? attempt(record) : inside(trace, record)
    if (tried instanceof Promise) return tried.then((outcome) => ended(record, outcome, number, startedAt))
    return ended(record, tried, number, startedAt)
  }
}

/** Where a topic has several handlers, the one that was chosen for the record. */
const handlerOf = (_record: ReceivedRecord, plan: HandlerPlan): AttemptedHandler => plan
