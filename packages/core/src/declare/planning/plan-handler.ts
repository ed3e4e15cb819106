import type { Problem } from '../../error-entry.js'
import { resolveName } from '../env-name.js'
import type { HandleOptions, ResolvedConsumerOptions } from '../handle-options.js'
import { createIsRetriable } from '../is-retriable.js'
import type { Middleware } from '../middleware.js'
import type { HandlerPlan, TopicPlan, TransformPlan } from '../plan.js'
import { noRetry } from '../retry/declared-retry.js'
import { exponential } from '../retry/exponential.js'
import type { RetryPolicy } from '../retry-policy.js'
import { isCondition } from '../routing/condition-problems.js'
import { printCondition } from '../routing/print-condition.js'
import type { AnyTopic } from '../topic.js'
import type { DeclaredHandler } from './declared-consumer.js'
import { type HandlerSettings, readSettings } from './handler-settings.js'
import { isTopic } from './is-topic.js'
import { topicNameFault } from './name-problems.js'
import { exhaustionFaults, planExhaustion } from './plan-exhaustion.js'
import type { Planned } from './plan-problems.js'
import type { PlanSettings } from './plan-settings.js'
import { planSinks, transformFaults } from './plan-transform.js'
import { routeFaults } from './route-problems.js'

/** What a handler inherits from its consumer and worker. */
export interface HandlerSurroundings {
  /** With its prefix. */
  readonly group: string
  readonly defaults: HandleOptions
  /** The consumer's, inside the worker's. */
  readonly middleware: readonly Middleware[]
  readonly unmatched: ResolvedConsumerOptions['unmatched']
  readonly settings: PlanSettings
}

export interface PlannedHandler extends Omit<Planned, 'plan'> {
  /** Undefined where the handler has no topic. */
  readonly plan?: HandlerPlan
  readonly problems: readonly Problem[]
}

/** Works one handler out by itself: names, options, retry, exhaustion, sinks. What concerns several handlers comes after it. */
export function planHandler(declared: DeclaredHandler, around: HandlerSurroundings): PlannedHandler {
  const { topic, target } = declared
  const { group, settings, unmatched } = around
  if (!isTopic(topic, 'decode')) return withoutTopic(`${group}: ${declared.name ?? 'a handler'}`)

  const planned = planTopic(topic, settings)
  const name = declared.name ?? nameOf(planned.name, around, declared.options.when ?? around.defaults.when)
  const where = `${group}: ${planned.name} -> ${name}`
  const { options, values, transform, problems } = readSettings(declared, around.defaults, where)
  const { retry, retryIf, middleware = [], deadLetter, onExhausted, brake, when, priority, ...plain } = values
  const exhaustion = planExhaustion(
    { delivery: plain.delivery, deadLetter, onExhausted },
    planned.name,
    group,
    settings,
  )
  const plan: HandlerPlan = {
    ...plain,
    name,
    group,
    topic: planned,
    retry: planRetry(retry, plain.delivery),
    isRetriable: createIsRetriable(retryIf),
    exhaustion,
    brake: exhaustion.kind === 'dead-letter' ? brake : undefined,
    middleware: [...settings.middleware, ...around.middleware, ...middleware],
    target,
    transform: transform && planTransform(transform, settings),
  }
  const faults = [
    declared.problem,
    topicNameFault(planned.name, topic.name),
    ...exhaustionFaults(options, plan),
    ...transformFaults(transform?.to, plan),
    ...routeFaults(when, priority),
  ]
  const found = faults.flatMap((fault) => (fault === undefined ? [] : { where, ...fault }))
  const isDerived = deadLetter === true
  return { plan, where, isDerived, when, priority: priority ?? 0, unmatched, problems: [...problems, ...found] }
}

/** Of a function: several of one topic differ in their condition. */
function nameOf(topic: string, { group }: HandlerSurroundings, when: unknown): string {
  const which = isCondition(when) ? ` (${printCondition(when)})` : ''
  return `${group}.${topic}${which}`
}

function withoutTopic(where: string): PlannedHandler {
  const fix = 'pass what topic(...) returns; undefined often is a circular import between two files'
  const problems = [{ where, problem: 'the handler has no topic', fix }]
  return { where, isDerived: false, when: undefined, priority: 0, unmatched: undefined, problems }
}

const planTopic = (topic: AnyTopic, { env, topicPrefix }: PlanSettings): TopicPlan => ({
  name: topicPrefix + resolveName(topic.name, env),
  key: topic.key,
  value: topic.value,
  tombstones: topic.tombstones === true,
})

const planTransform = (
  { to, ...plain }: NonNullable<HandlerSettings['transform']>,
  settings: PlanSettings,
): TransformPlan => ({ ...plain, sinks: planSinks(to, settings) })

const planRetry = (retry: RetryPolicy | 'none' | undefined, delivery: HandlerPlan['delivery']): RetryPolicy => {
  if (retry === 'none' || delivery === 'at-most-once') return noRetry
  return retry ?? exponential()
}
