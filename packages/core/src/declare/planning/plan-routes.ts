import type { Problem } from '../../error-entry.js'
import { resolveOptions } from '../../option.js'
import { handlerOptions } from '../../options.js'
import { brakeDefaults } from '../brake-options.js'
import type { ExhaustionPlan } from '../exhaustion.js'
import { createIsRetriable } from '../is-retriable.js'
import type { HandlerPlan, RoutePlan, SinkPlan, TransformPlan } from '../plan.js'
import { noRetry } from '../retry/declared-retry.js'
import { exponential } from '../retry/exponential.js'
import { otherwise } from '../routing/condition.js'
import { topicNameFault } from './name-problems.js'
import type { Planned } from './plan-problems.js'
import { problemsOfRoutes, unrouted } from './route-problems.js'

export interface PlannedTopics {
  /** One per group and topic. */
  readonly plans: readonly HandlerPlan[]
  /** Dead-letter topics that no handler has, but a topic for what none of them takes. */
  readonly derived: readonly Planned[]
  readonly problems: readonly Problem[]
}

/** Puts handlers that share a topic in a group together: their lease, its lane and what becomes of the rest are one. */
export function planRoutes(handlers: readonly Planned[]): PlannedTopics {
  const shared = [...Map.groupBy(handlers, ({ plan }) => `${plan.group}\n${plan.topic.name}`).values()]
  const topics = shared.map((own) => (own.some(({ when }) => when !== undefined) ? planTopic(own) : plainTopic(own)))
  return {
    plans: topics.flatMap(({ plans }) => plans),
    derived: topics.flatMap(({ derived }) => derived),
    problems: topics.flatMap(({ problems }) => problems),
  }
}

/** Several of them are a problem, which is reported where handlers without conditions are compared. */
const plainTopic = (own: readonly Planned[]): PlannedTopics => ({
  plans: own.map(({ plan }) => plan),
  derived: [],
  problems: [],
})

function planTopic(own: readonly Planned[]): PlannedTopics {
  const [first] = own
  if (first === undefined) return { plans: [], derived: [], problems: [] }
  const { group, topic, delivery, order } = first.plan
  const exhaustion = exhaustionOf(own, first.plan)
  const withLetters = own.find((one) => one.plan.exhaustion.kind === 'dead-letter')
  const plan: HandlerPlan = {
    ...resolveOptions(handlerOptions, {}, unrouted).value,
    ...{ name: unrouted, group, topic, delivery, order },
    concurrency: Math.max(...own.map((one) => one.plan.concurrency)),
    timeoutMs: Math.max(...own.map((one) => one.plan.timeoutMs)),
    onOversize: own.every((one) => one.plan.onOversize === first.plan.onOversize) ? first.plan.onOversize : 'halt',
    // Of a record that can not be decoded yet: one that nobody takes is never tried again.
    retry: delivery === 'at-most-once' ? noRetry : exponential(),
    isRetriable: createIsRetriable(),
    exhaustion,
    brake:
      exhaustion.kind !== 'dead-letter'
        ? undefined
        : withLetters === undefined
          ? brakeDefaults
          : withLetters.plan.brake,
    middleware: [],
    target: { kind: 'function', handle: () => undefined },
    transform: transformOf(own),
    routes: inOrder(own),
  }
  const where = `${group}: ${topic.name} -> ${unrouted}`
  const isDerived = plan.exhaustion.kind === 'dead-letter' && !lettersOf(own).includes(plan.exhaustion.topic)
  const derived = isDerived ? [{ plan, where, isDerived, when: undefined, priority: 0, unmatched: undefined }] : []
  return { plans: [plan], derived, problems: [...problemsOfRoutes(own), ...derived.flatMap(nameProblems)] }
}

/** Higher priority first; among equals no record meets two of them, so their order does not matter. */
const inOrder = (own: readonly Planned[]): readonly RoutePlan[] =>
  own
    .map(({ plan, when = otherwise, priority }): RoutePlan => ({ ...plan, when, priority }))
    .toSorted((a, b) => rankOf(b) - rankOf(a))

const rankOf = ({ when, priority }: RoutePlan): number => (when.kind === 'otherwise' ? -Infinity : priority)

function exhaustionOf(own: readonly Planned[], { topic, group, delivery }: HandlerPlan): ExhaustionPlan {
  const unmatched = own.find((one) => one.unmatched !== undefined)?.unmatched ?? 'dead-letter'
  if (delivery === 'at-most-once') return { kind: 'skip' }
  if (unmatched !== 'dead-letter') return { kind: unmatched }
  const [letters, ...more] = lettersOf(own)
  const inCommon = more.length === 0 ? letters : undefined
  return { kind: 'dead-letter', topic: inCommon ?? `${topic.name}.${group}.dlq` }
}

const lettersOf = (own: readonly Planned[]): readonly string[] => [
  ...new Set(own.flatMap(({ plan: { exhaustion } }) => (exhaustion.kind === 'dead-letter' ? [exhaustion.topic] : []))),
]

/** Set where one of them has outputs: then all records of the topic are settled as those of a pipeline. */
function transformOf(own: readonly Planned[]): TransformPlan | undefined {
  const transforms = own.flatMap(({ plan }) => plan.transform ?? [])
  const [first] = transforms
  if (first === undefined) return undefined
  const sinks = new Map<string, SinkPlan>(transforms.flatMap((one) => one.sinks.map((sink) => [sink.name, sink])))
  return { ...first, sinks: [...sinks.values()] }
}

function nameProblems({ plan, where }: Planned): readonly Problem[] {
  if (plan.exhaustion.kind !== 'dead-letter') return []
  const { topic } = plan.exhaustion
  const fault = topicNameFault(topic, topic)
  if (fault !== undefined) return [{ where, problem: `dead letters: ${fault.problem}`, fix: unmatchedFix }]
  return plan.transform?.sinks.some(({ name }) => name === topic) === true
    ? [{ where, problem: `its dead-letter topic is a sink of its topic, "${topic}"`, fix: unmatchedFix }]
    : []
}

const unmatchedFix =
  "give the handlers of the topic one dead-letter topic of another name, or write unmatched: 'halt' or 'skip' at the consumer"
