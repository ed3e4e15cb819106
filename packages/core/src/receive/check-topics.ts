import type { HandlerPlan, Plan } from '../declare/plan.js'
import { everyHandler } from '../every-handler.js'
import type { Problem } from '../error-entry.js'
import type { TopicDescription } from './driver.js'

export interface TopicFindings {
  readonly problems: readonly Problem[]
  readonly warnings: readonly string[]
}

const fourteenDaysMs = 14 * 86_400_000

/** Every topic that a plan reads or writes. */
export const topicsOf = (plan: Plan): readonly string[] => [
  ...new Set(
    everyHandler(plan).flatMap(({ topic, exhaustion, transform }) => [
      topic.name,
      ...(exhaustion.kind === 'dead-letter' ? [exhaustion.topic] : []),
      ...(transform?.sinks.map(({ name }) => name) ?? []),
    ]),
  ),
]

/** Holds a plan against the topics of the cluster: all that is missing or does not fit, at once. Pure. */
export function checkTopics(
  plan: Plan,
  found: ReadonlyMap<string, TopicDescription>,
  /** Topics that handlers have a producer of. */
  produced: readonly string[] = [],
): TopicFindings {
  const transforms = everyHandler(plan).filter(({ transform }) => transform !== undefined)
  const problems: Problem[] = topicsOf(plan)
    .filter((name) => !found.has(name))
    .map((name) =>
      missing(
        name,
        transforms.find(({ transform }) => transform?.sinks.some((one) => one.name === name)),
      ),
    )
  const ofPlan = new Set(topicsOf(plan))
  for (const name of produced) {
    if (ofPlan.has(name) || found.has(name)) continue
    problems.push({ where: `topic "${name}" of an injected producer`, problem: 'does not exist', fix: create })
  }
  const warnings: string[] = []

  for (const { topic, exhaustion, name } of plan.groups.flatMap(({ handlers }) => handlers.flatMap(withLetters))) {
    if (exhaustion.kind !== 'dead-letter') continue
    const source = found.get(topic.name)
    const letters = found.get(exhaustion.topic)
    if (source === undefined || letters === undefined) continue
    const where = `dead-letter topic "${letters.name}" of ${name}`
    if (letters.partitions < source.partitions) {
      const problem = `has ${letters.partitions} partitions, its source "${source.name}" has ${source.partitions}`
      problems.push({
        where,
        problem,
        fix: `raise it to ${source.partitions} partitions: a dead letter keeps its partition number`,
      })
    }
    if ((letters.maxMessageBytes ?? Infinity) < (source.maxMessageBytes ?? 0)) {
      const problem = `takes ${letters.maxMessageBytes} bytes per batch, its source takes ${source.maxMessageBytes}`
      problems.push({ where, problem, fix: `raise max.message.bytes to at least ${source.maxMessageBytes}` })
    }
    const keptMs = letters.retentionMs ?? -1
    if (keptMs >= 0 && keptMs < fourteenDaysMs) {
      warnings.push(
        `${where} keeps records ${Math.round(keptMs / 86_400_000)} days: that is short for somebody to look at them (at least 14 days)`,
      )
    }
  }
  return { problems, warnings }
}

/** Handlers of one topic that share a dead-letter topic are one pair of topics. */
const withLetters = (plan: HandlerPlan): readonly HandlerPlan[] => [
  ...new Map(
    [...(plan.routes ?? []), plan].map((one) => [
      one.exhaustion.kind === 'dead-letter' ? one.exhaustion.topic : undefined,
      one,
    ]),
  ).values(),
]

const create = 'create it (createTopicAdmin() of millrace, or kafka-topics.sh --create), or correct its name'

/** A transaction can't span clusters, so a sink that is only missing here is refused as well. */
function missing(name: string, transform: HandlerPlan | undefined): Problem {
  if (transform === undefined) return { where: `topic "${name}"`, problem: 'does not exist', fix: create }
  return {
    where: `sink "${name}" of ${transform.name}`,
    problem: 'does not exist on the cluster of this worker, where source and sinks of a pipeline have to be',
    fix: `${create}; to reach another cluster, use @Handle and a producer for that cluster (at-least-once)`,
  }
}
