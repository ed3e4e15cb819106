import type { HandlerPlan } from '../declare/plan.js'
import type { Clock } from '../observe/clock.js'
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
      report(thrown)
      return undefined
    }
  }
  const inside = (trace: RecordTrace, record: ReceivedRecord): Outcome | Promise<Outcome> => {
    let tried: Outcome | Promise<Outcome> | undefined
    try {
      trace.run(() => void (tried = attempt(record)))
    } catch (thrown) {
      report(thrown) // an attempt never throws
    }
    return tried ?? attempt(record)
  }
  const ended = (record: ReceivedRecord, outcome: Outcome, number: number, durationMs: number): Outcome => {
    try {
      const handler = handlerOf(record, plan)
      ran?.(handler, outcome, durationMs, number)
      record.trace?.end(outcome, handler)
    } catch (thrown) {
      report(thrown)
    }
    return outcome
  }
  const watch = createAttemptWatch(clock)

  return (record) => {
    if (begin !== undefined) record.trace = begun(record)
    const { attempt: number, trace } = record
    const startedAt = watch.start()
    const tried = trace === undefined ? attempt(record) : inside(trace, record)
    if (!(tried instanceof Promise)) return ended(record, tried, number, watch.stop(startedAt))
    const since = watch.follow(startedAt)
    return tried.then((outcome) => ended(record, outcome, number, clock.now() - since))
  }
}

const fastMs = 1
const unmeasured = 7

/**
 * To look at the clock twice costs a twentieth of what a record costs whose handler does nothing. So where an attempt was synchronous
 * and took less than 1 ms, it stands for the next seven as long as they are synchronous, too: one in eight is measured. All others are.
 */
function createAttemptWatch(clock: Pick<Clock, 'now'>) {
  let owed = 0
  let lastMs = 0
  return {
    /** Undefined where this one is not measured. */
    start: (): number | undefined => (owed === 0 ? clock.now() : undefined),
    stop(startedAt: number | undefined): number {
      if (startedAt === undefined) {
        owed -= 1
        return lastMs
      }
      lastMs = clock.now() - startedAt
      owed = lastMs < fastMs ? unmeasured : 0
      return lastMs
    },
    /** It has turned out to be asynchronous. */
    follow(startedAt: number | undefined): number {
      owed = 0
      return startedAt ?? clock.now()
    },
  }
}

/** Where a topic has several handlers, the one that was chosen for the record. */
const handlerOf = ({ route }: ReceivedRecord, plan: HandlerPlan): AttemptedHandler => route ?? plan
