import type { Problem } from '../error-entry.js'
import { fail } from '../millrace-error.js'
import type { ConsumerClass } from './consumer-class.js'
import type { ConsumerDefinition } from './define-consumer.js'
import type { Middleware } from './middleware.js'
import type { GroupPlan, HandlerPlan, Plan } from './plan.js'
import { readConsumer } from './planning/declared-consumer.js'
import { planConsumer } from './planning/plan-consumer.js'
import { problemsBetween } from './planning/plan-problems.js'
import { planRoutes } from './planning/plan-routes.js'

type Consumers = readonly (ConsumerClass | ConsumerDefinition)[]

export interface PlanOptions {
  /** Where `fromEnv` names are looked up. Default: nowhere, so that every fallback holds. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly topicPrefix?: string | undefined
  readonly groupPrefix?: string | undefined
  /** Outermost around every handler of the worker. */
  readonly middleware?: readonly Middleware[] | undefined
}

/**
 * Turns declarations into the plan of a worker: names resolved and prefixed, options filled in, classes of one group
 * merged into one member, everything frozen. Connects to nothing.
 * @throws MillraceError `MILLRACE_PLAN_INVALID` with every problem of every consumer and its fix, all in one error
 */
export function buildPlan(consumers: Consumers, options: PlanOptions = {}): Plan {
  const { plan, problems } = readPlan(consumers, options)
  if (problems.length > 0) throw fail('MILLRACE_PLAN_INVALID', { problems })
  return plan
}

/** The plan, and everything that is wrong with it: with a problem it is not to be used. */
export function readPlan(
  consumers: Consumers,
  options: PlanOptions = {},
): { readonly plan: Plan; readonly problems: readonly Problem[] } {
  const { env = {}, topicPrefix = '', groupPrefix = '', middleware = [] } = options
  const settings = { env, topicPrefix, groupPrefix, middleware }

  const read = consumers.flatMap((entry, index) =>
    consumers.indexOf(entry) === index ? [{ ...readConsumer(entry, index), index }] : [],
  )
  const planned = read.flatMap(({ consumer, index }) =>
    consumer === undefined ? [] : [planConsumer(consumer, index, settings)],
  )
  const handlers = planned.flatMap((consumer) =>
    consumer.handlers.flatMap(({ plan, ...one }) => (plan === undefined ? [] : { plan, ...one })),
  )
  const { plans, derived, problems: ofRoutes } = planRoutes(handlers)
  const problems = [
    ...listProblems(consumers),
    ...read.flatMap((one) => one.problems),
    ...planned.flatMap((one) => one.problems),
    ...problemsBetween(handlers, derived),
    ...ofRoutes,
  ]
  return { plan: freezePlan(plans), problems }
}

function listProblems(consumers: Consumers): Problem[] {
  if (consumers.length === 0) {
    return [{ where: 'consumers', problem: 'the list is empty', fix: 'pass at least one consumer' }]
  }
  const twice = new Set(consumers.filter((one, index) => one !== undefined && consumers.indexOf(one) !== index))
  return [...twice].map((one) => ({
    where: typeof one === 'function' ? one.name : `consumers[${consumers.indexOf(one)}]`,
    problem: 'is listed more than once in consumers',
    fix: 'list it once',
  }))
}

/** Freezes what the plan consists of, and leaves alone what belongs to the user: serdes, policies, functions, classes. */
function freezePlan(handlers: readonly HandlerPlan[]): Plan {
  const groups = [...Map.groupBy(handlers, ({ group }) => group)].map(
    ([group, own]): GroupPlan => Object.freeze({ group, handlers: Object.freeze(own.map(freezeHandler)) }),
  )
  return Object.freeze({ groups: Object.freeze(groups) })
}

const freezeHandler = <Handler extends HandlerPlan>(handler: Handler): Handler =>
  Object.freeze({
    ...handler,
    ...(handler.routes === undefined ? {} : { routes: Object.freeze(handler.routes.map(freezeHandler)) }),
    topic: Object.freeze(handler.topic),
    exhaustion: Object.freeze(handler.exhaustion),
    brake: Object.freeze(handler.brake),
    middleware: Object.freeze(handler.middleware),
    target: Object.freeze(handler.target),
    transform:
      handler.transform && Object.freeze({ ...handler.transform, sinks: Object.freeze(handler.transform.sinks) }),
  })
