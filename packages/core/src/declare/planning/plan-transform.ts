import { resolveName } from '../env-name.js'
import { type Middleware, leavesOutSeen } from '../middleware.js'
import type { HandlerPlan, SinkPlan } from '../plan.js'
import { isTopic } from './is-topic.js'
import { topicNameFault } from './name-problems.js'
import type { PlanSettings } from './plan-settings.js'

interface Fault {
  readonly problem: string
  readonly fix: string
}

/** The sinks that `to` names, with their prefix; what is no topic is left to `sinkFaults`. */
export const planSinks = (to: unknown, { env, topicPrefix }: PlanSettings): readonly SinkPlan[] =>
  listOf(to).flatMap((topic) =>
    isTopic(topic, 'encode') ? [Object.freeze({ name: topicPrefix + resolveName(topic.name, env), topic })] : [],
  )

const listOf = (to: unknown): readonly unknown[] => {
  if (Array.isArray(to)) return to
  return to === undefined || to === null ? [] : [to]
}

/** What is wrong with the outputs of a transform as it was written. */
export function transformFaults(to: unknown, plan: HandlerPlan): readonly Fault[] {
  const { transform, middleware } = plan
  if (transform === undefined) return []
  const { sinks } = transform
  return [
    ...listFaults(to),
    ...sinks.flatMap((sink, index) => nameFaults(sink, plan, sinks.slice(0, index))),
    ...middlewareFaults(middleware),
  ]
}

function listFaults(to: unknown): readonly Fault[] {
  const list = listOf(to)
  const circular = 'undefined often is a circular import between two files'
  if (list.length === 0) return [{ problem: 'it has no sink', fix: `name the topic for its outputs: to; ${circular}` }]
  if (list.every((one) => isTopic(one, 'encode'))) return []
  return [{ problem: 'one of its sinks is not a topic', fix: `pass what topic(...) returns; ${circular}` }]
}

function nameFaults(
  { name, topic }: SinkPlan,
  { topic: source, exhaustion }: HandlerPlan,
  before: readonly SinkPlan[],
): readonly Fault[] {
  if (before.some((other) => other.name === name)) {
    return [{ problem: `it names the sink "${name}" twice`, fix: 'name each topic once in to' }]
  }
  if (name === source.name) {
    const fix = 'name another topic: each output would come back as an input, for ever'
    return [{ problem: `its sink is its own source, "${name}"`, fix }]
  }
  if (exhaustion.kind === 'dead-letter' && exhaustion.topic === name) {
    const fix = 'name another one: nobody could tell outputs from dead letters'
    return [{ problem: `its sink is its dead-letter topic, "${name}"`, fix }]
  }
  const fault = topicNameFault(name, topic.name)
  return fault === undefined ? [] : [{ problem: `outputs: ${fault.problem}`, fix: fault.fix }]
}

/** A record whose first outputs were lost with their transaction is redelivered: left out then, its outputs would never come. */
function middlewareFaults(middleware: readonly Middleware[]): readonly Fault[] {
  if (!middleware.some((one) => Reflect.get(one, leavesOutSeen) === true)) return []
  const problem = 'onlyOnce around it would lose the outputs of a record that is redelivered'
  return [{ problem, fix: 'put onlyOnce around other handlers only: outputs go out exactly once without it' }]
}
