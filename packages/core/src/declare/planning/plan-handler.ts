import type { Problem } from '../../error-entry.js'
import { resolveOptions } from '../../option.js'
import { resolveName } from '../env-name.js'
import { type HandleOptions, handleOptions, isName } from '../handle-options.js'
import { createIsRetriable } from '../is-retriable.js'
import type { Middleware } from '../middleware.js'
import type { HandlerPlan, TopicPlan } from '../plan.js'
import { noRetry } from '../retry/declared-retry.js'
import { exponential } from '../retry/exponential.js'
import type { RetryPolicy } from '../retry-policy.js'
import type { Topic } from '../topic.js'
import type { DeclaredHandler } from './declared-consumer.js'
import { topicNameFault } from './name-problems.js'
import { exhaustionFaults, planExhaustion } from './plan-exhaustion.js'
import type { PlanSettings } from './plan-settings.js'

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

/** Works one handler out by itself: names, options, retry, exhaustion. What concerns several handlers comes after it. */
export function planHandler(declared: DeclaredHandler, around: HandlerSurroundings): PlannedHandler {
  const { topic, target, options: own } = declared
  const { group, settings, defaults } = around
  if (!isTopic(topic)) return withoutTopic(`${group}: ${declared.name ?? 'a handler'}`)

  const planned = planTopic(topic, settings)
  const name = declared.name ?? `${group}.${planned.name}`
  const where = `${group}: ${planned.name} -> ${name}`
  const options = withDefaults(own, defaults)
  const {
    retry,
    retryIf,
    middleware = [],
    deadLetter,
    onExhausted,
    ...plain
  } = resolveOptions(handleOptions, options, where).value
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
    transform: undefined,
  }
  const faults = [declared.problem, topicNameFault(planned.name, topic.name), ...exhaustionFaults(options, plan)]
  const found = faults.flatMap((fault) => (fault === undefined ? [] : { where, ...fault }))
  return { plan, where, isDerived: deadLetter === true, problems: [...optionProblems(own, where), ...found] }
}

/** Wrong values and names of handler options, those inside a retry policy included. */
export function optionProblems(options: HandleOptions, where: string): readonly Problem[] {
  const { value, problems } = resolveOptions(handleOptions, options, where)
  return [...problems, ...problemsOf(value.retry).map((one) => ({ ...one, where: `${where}: retry ${one.where}` }))]
}

/** A policy that a user wrote by hand has none. */
const problemsOf = (retry: unknown): readonly Problem[] =>
  typeof retry === 'object' && retry !== null && 'problems' in retry && Array.isArray(retry.problems)
    ? retry.problems
    : []

function withoutTopic(where: string): PlannedHandler {
  const fix = 'pass what topic(...) returns; undefined often is a circular import between two files'
  return { where, isDerived: false, problems: [{ where, problem: 'the handler has no topic', fix }] }
}

const isTopic = (topic: unknown): boolean =>
  typeof topic === 'object' &&
  topic !== null &&
  'name' in topic &&
  isName(topic.name) &&
  'key' in topic &&
  isSerde(topic.key) &&
  'value' in topic &&
  isSerde(topic.value)

const isSerde = (serde: unknown): boolean =>
  typeof serde === 'object' && serde !== null && 'decode' in serde && typeof serde.decode === 'function'

const planTopic = (topic: Topic<unknown, unknown, never, never>, { env, topicPrefix }: PlanSettings): TopicPlan => ({
  name: topicPrefix + resolveName(topic.name, env),
  key: topic.key,
  value: topic.value,
  tombstones: topic.tombstones === true,
})

const planRetry = (retry: RetryPolicy | 'none' | undefined, delivery: HandlerPlan['delivery']): RetryPolicy => {
  if (retry === 'none' || delivery === 'at-most-once') return noRetry
  return retry ?? exponential()
}

/**
 * The consumer's defaults under the handler's own options. Exhaustion is one decision: written at the handler it replaces
 * the default as a whole, and a handler that turns to at-most-once takes none of what only makes sense for at-least-once.
 */
function withDefaults(own: HandleOptions, defaults: HandleOptions): HandleOptions {
  const { deadLetter, onExhausted, onOversize, retry, retryIf, ...plain } = defaults
  if (own.delivery === 'at-most-once') return { ...plain, ...own }
  const retrying = { ...(retry && { retry }), ...(retryIf && { retryIf }) }
  const decides = own.deadLetter !== undefined || own.onExhausted !== undefined
  const exhaustion = decides ? {} : { ...(deadLetter && { deadLetter }), ...(onExhausted && { onExhausted }) }
  const oversize = own.onExhausted === undefined && onOversize ? { onOversize } : {}
  return { ...plain, ...retrying, ...exhaustion, ...oversize, ...own }
}
