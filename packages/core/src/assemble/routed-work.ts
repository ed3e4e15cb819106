import type { HandlerPlan, RoutePlan } from '../declare/plan.js'
import { type Attempt, bindHandle, createAttempt } from '../process/attempt.js'
import type { Handle } from '../process/compose.js'
import { createDecodeMessage, type DecodeMessage, takeDecoded } from '../process/decode-message.js'
import type { HandlerRuntime } from '../process/handler-runtime.js'
import { instrumentedAttempt } from '../process/instrumented-attempt.js'
import { createRoutedAttempt } from '../process/routed-attempt.js'
import type { RunContext } from '../process/run-context.js'
import type { Step } from '../process/step.js'
import { createUnroutable } from '../process/unroutable.js'
import { type LeaseHost, settledAs } from '../receive/lease-mode.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import type { PipelineRules } from '../settle/pipeline-lease.js'
import { type Destinations, settle } from '../settle/settle.js'
import { createRuntime } from './create-runtime.js'
import type { HandlerSurroundings } from './handler-at-work.js'
import type { BindingOf, HandlerWork, LeaseWork } from './handler-work.js'
import { createPipelineRules } from './pipeline-rules.js'
import { recordDestinations } from './record-destinations.js'
import type { RouteCounts } from './route-counts.js'
import { createRouteTotals, type RouteTotals } from './route-totals.js'

/** Several handlers of one topic: each record is tried, settled and counted by the one that is chosen for it. */
export function createRoutedWork(
  runtime: HandlerRuntime,
  routes: readonly RoutePlan[],
  bindingOf: BindingOf,
  around: HandlerSurroundings,
): HandlerWork {
  const own = routes.map((route) => createRuntime(route, runtime.stragglers, around))
  const totals = createRouteTotals(own, runtime)
  const attempts = new Map(own.map((one) => [one.plan, routeAttempt(one, bindingOf, around)]))
  const attempt = createRoutedAttempt({
    ...{ runtime, routes },
    attemptOf: (route) => found(attempts, route),
    unrouted: attemptBy(runtime, createUnroutable(runtime.plan, routes), () => undefined, around),
  })
  /** Makes what each of the handlers needs in a lease, and finds that of a record. */
  const each = <Made>(make: (one: HandlerRuntime) => Made): ((record: ReceivedRecord) => Made) => {
    const made = new Map([...own, runtime].map((one) => [one.plan, make(one)]))
    return (record) => found(made, chosenFor(record))
  }
  const chosenFor: ChosenFor = ({ route }) => route ?? runtime.plan

  return {
    open(host) {
      const counts = totals.open()
      const toOf = each((one) => recordDestinations(host, one, around))
      return leaseWork({ host, counts, chosenFor, attempt, totals, toOf })
    },
    openPipeline(host) {
      const counts = totals.open()
      const rulesOf = each((one) => {
        const to = recordDestinations(host, one, around)
        return createPipelineRules({ partition: host, runtime: one, events: around.events, to })
      })
      const toOf = (record: ReceivedRecord) => rulesOf(record).destinations
      const rules: PipelineRules = {
        afterRefusal: (decided, error) => rulesOf(decided.record).rules.afterRefusal(decided, error),
        failing: (decided, ...facts) => rulesOf(decided.record).rules.failing(decided, ...facts),
        stored(decided) {
          counts.settled(decided.record, chosenFor(decided.record), settledAs[decided.as])
          rulesOf(decided.record).rules.stored(decided)
        },
      }
      return { ...leaseWork({ host, counts, chosenFor, attempt, totals, toOf }), rules }
    },
    totals: (ledger) => totals.totals(ledger),
  }
}

/** The handler that a record counts for: the chosen one, or that of the rest. */
type ChosenFor = (record: ReceivedRecord) => HandlerPlan

interface LeaseParts {
  readonly host: LeaseHost
  readonly counts: RouteCounts
  readonly chosenFor: ChosenFor
  readonly attempt: ReturnType<typeof createRoutedAttempt>
  readonly totals: RouteTotals
  readonly toOf: (record: ReceivedRecord) => Destinations
}

function leaseWork({ host, counts, chosenFor, attempt, totals, toOf }: LeaseParts): LeaseWork {
  const lease = {
    over: host.ended,
    chosen: (record: ReceivedRecord) => counts.received(record, chosenFor(record)),
  }
  const counted = (record: ReceivedRecord, step: Step): Step => {
    const as = countedAs(step, host.parts.handler)
    if (as !== undefined) counts.settled(record, chosenFor(record), as)
    return step
  }
  return {
    attempt: (record) => attempt(record, lease),
    decide(outcome, record) {
      const step = settle(outcome, record, toOf(record))
      return step instanceof Promise ? step.then((end) => counted(record, end)) : counted(record, step)
    },
    retire: (left) => totals.retire(counts, left),
  }
}

function routeAttempt(runtime: HandlerRuntime, bindingOf: BindingOf, around: HandlerSurroundings): Attempt {
  const { target, topic } = runtime.plan
  return attemptBy(runtime, bindHandle(target, bindingOf(target)), createDecodeMessage(topic), around)
}

const attemptBy = (
  runtime: HandlerRuntime,
  handle: Handle<RunContext>,
  decode: DecodeMessage,
  { instrument }: HandlerSurroundings,
): Attempt => instrumentedAttempt(createAttempt(runtime, handle, takeDecoded(decode)), runtime, instrument)

/** Undefined for a record that is not settled by this step: it goes on, or waits for its transaction. */
function countedAs(
  step: Step,
  { delivery, transform }: HandlerPlan,
): (typeof settledAs)[keyof typeof settledAs] | undefined {
  if (step.kind === 'again' || step.kind === 'halted') return undefined
  if (transform !== undefined && step.kind !== 'abandoned') return undefined
  return step.kind === 'abandoned' && delivery === 'at-most-once' ? 'skipped' : settledAs[step.kind]
}

/** Every handler of the plan has one. */
function found<Made>(made: ReadonlyMap<HandlerPlan, Made>, plan: HandlerPlan): Made {
  const one = made.get(plan)
  if (one === undefined) throw new TypeError(`${plan.name} is no handler of this topic`)
  return one
}
