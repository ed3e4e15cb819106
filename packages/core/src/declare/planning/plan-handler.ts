import type { Problem } from '../../error-entry.js'
import { resolveName } from '../env-name.js'
import type { HandleOptions } from '../handle-options.js'
import { createIsRetriable } from '../is-retriable.js'
import type { Middleware } from '../middleware.js'
import type { HandlerPlan, TopicPlan, TransformPlan } from '../plan.js'
import { noRetry } from '../retry/declared-retry.js'
import { exponential } from '../retry/exponential.js'
import type { RetryPolicy } from '../retry-policy.js'
import type { AnyTopic } from '../topic.js'
import type { DeclaredHandler } from './declared-consumer.js'
import { type HandlerSettings, readSettings } from './handler-settings.js'
import { isTopic } from './is-topic.js'
import { topicNameFault } from './name-problems.js'
import { exhaustionFaults, planExhaustion } from './plan-exhaustion.js'
import type { PlanSettings } from './plan-settings.js'
import { planSinks, transformFaults } from './plan-transform.js'

/** What a handler inherits from its consumer and worker. */
export interface HandlerSurroundings {
  /** With its prefix. */
  readonly group: string
  readonly defaults: HandleOptions
  /** The consumer's, inside the worker's. */
  readonly middleware: readonly Middleware[]
  readonly settings: PlanSettings
}

export interface PlannedHandler {
  /** Undefined where the handler has no topic. */
  readonly plan?: HandlerPlan
  readonly where: string
  /** The dead-letter topic got its name by `deadLetter: true`. */
  readonly isDerived: boolean
  readonly problems: readonly Problem[]
}

/** Works one handler out by itself: names, options, retry, exhaustion, sinks. What concerns several handlers comes after it. */
export function planHandler(declared: DeclaredHandler, around: HandlerSurroundings): PlannedHandler {
  const { topic, target } = declared
  const { group, settings } = around
  if (!isTopic(topic, 'decode')) return withoutTopic(`${group}: ${declared.name ?? 'a handler'}`)

  const planned = planTopic(topic, settings)
  const name = declared.name ?? `${group}.${planned.name}`
  const where = `${group}: ${planned.name} -> ${name}`
  const { options, values, transform, problems } = readSettings(declared, around.defaults, where)
  const { retry, retryIf, middleware = [], deadLetter, onExhausted, ...plain } = values
  const plan: HandlerPlan = {
    ...plain,
    name,
    group,
    topic: planned,
    retry: planRetry(retry, plain.delivery),
    isRetriable: createIsRetriable(retryIf),
    exhaustion: planExhaustion({ delivery: plain.delivery, deadLetter, onExhausted }, planned.name, group, settings),
    middleware: [...settings.middleware, ...around.middleware, ...middleware],
    target,
    transform: transform && planTransform(transform, settings),
  }
  const faults = [
    declared.problem,
    topicNameFault(planned.name, topic.name),
    ...exhaustionFaults(options, plan),
    ...transformFaults(transform?.to, plan),
  ]
  const found = faults.flatMap((fault) => (fault === undefined ? [] : { where, ...fault }))
  return { plan, where, isDerived: deadLetter === true, problems: [...problems, ...found] }
}

function withoutTopic(where: string): PlannedHandler {
  const fix = 'pass what topic(...) returns; undefined often is a circular import between two files'
  return { where, isDerived: false, problems: [{ where, problem: 'the handler has no topic', fix }] }
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
