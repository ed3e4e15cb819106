import type { Problem } from '../../error-entry.js'
import type { ResolvedConsumerOptions } from '../handle-options.js'
import type { HandlerPlan } from '../plan.js'
import type { RouteCondition } from '../routing/condition.js'
import { topicCycles, type TopicEdge } from './topic-cycles.js'

/** A handler that could be worked out, with the place it is reported under. */
export interface Planned {
  readonly plan: HandlerPlan
  readonly where: string
  readonly isDerived: boolean
  /** Set where it takes only some records of its topic. */
  readonly when: RouteCondition | undefined
  readonly priority: number
  /** What its consumer says about records that no handler takes. */
  readonly unmatched: ResolvedConsumerOptions['unmatched']
}

/** What is wrong between handlers: each rule sees all of them, and dead-letter topics that are nobody's own. */
export const problemsBetween = (handlers: readonly Planned[], derived: readonly Planned[] = []): readonly Problem[] => [
  ...sharedTopics(handlers),
  ...sharedDeadLetters([...handlers, ...derived]),
  ...cycles([...handlers, ...derived]),
  ...collidingNames([...handlers, ...derived]),
]

/** In one group each record goes to one handler: a second one could not say whose outcome is committed. */
function sharedTopics(handlers: readonly Planned[]): Problem[] {
  const topicOf = ({ plan }: Planned): string => `${plan.group}\n${plan.topic.name}`
  const routed = new Set(handlers.filter(({ when }) => when !== undefined).map(topicOf))
  const plain = handlers.filter((one) => !routed.has(topicOf(one)))
  return pairsBy(plain, topicOf).map(([first, { plan, where }]) => {
    const other = first.plan
    const problem =
      other.delivery === plan.delivery
        ? `${other.name} handles this topic in the same group already`
        : `${other.name} handles this topic in the same group with another delivery mode, ${other.delivery}`
    const fix =
      "handle a topic once per group, tell its records apart (when: headerIs('event-type', ...)), or give one of the consumers a group of its own"
    return { where, problem, fix }
  })
}

/** Two derived names can meet: `a` in group `b.c` and `a.b` in group `c`. Sharing a topic by name is the user's decision. */
function sharedDeadLetters(handlers: readonly Planned[]): Problem[] {
  const derived = handlers.filter(({ isDerived }) => isDerived)
  return pairsBy(derived, (one) => deadLetterOf(one)).flatMap(([first, { plan, where }]) => {
    if (first.plan.topic.name === plan.topic.name) return [] // the same topic and group: reported as that
    const problem = `its dead-letter topic has the same name as that of ${first.plan.name}, "${deadLetterOf(first)}"`
    return [{ where, problem, fix: "name one of the two: deadLetter: '...'" }]
  })
}

function cycles(handlers: readonly Planned[]): Problem[] {
  const edges = handlers.flatMap((one): TopicEdge[] => {
    const from = one.plan.topic.name
    const { where } = one
    const outputs = sinksOf(one).map((to) => ({ from, to, by: 'output' as const, where }))
    const to = deadLetterOf(one)
    const all: TopicEdge[] = to === undefined ? outputs : [...outputs, { from, to, by: 'dead letter', where }]
    return all.filter((edge) => edge.to !== from) // reported with its handler
  })
  return topicCycles(edges).map(({ path, where, hasOutputs }) => ({
    where,
    problem: `${hasOutputs ? 'records' : 'dead letters'} would go round in a circle: ${path.join(' -> ')}`,
    fix: hasOutputs
      ? 'end the chain: another sink or dead-letter topic for one of them; or, if a rule of yours ends it, run one of them in a worker of its own'
      : "end the chain: another dead-letter topic, or onExhausted: 'halt', for one of them",
  }))
}

/** Kafka refuses to create a topic whose name differs from another one's only in '.' and '_', because its metrics would collide. */
function collidingNames(handlers: readonly Planned[]): Problem[] {
  const uses = handlers.flatMap((one) => {
    const deadLetter = deadLetterOf(one)
    const names = [one.plan.topic.name, ...sinksOf(one), ...(deadLetter === undefined ? [] : [deadLetter])]
    return names.map((name) => ({ name, where: one.where }))
  })
  const distinct = [...new Map(uses.map((use) => [use.name, use])).values()]
  return pairsBy(distinct, ({ name }) => name.replaceAll('.', '_')).map(([first, { name, where }]) => ({
    where,
    problem: `the topics "${first.name}" and "${name}" collide in Kafka's metrics, so Kafka refuses to have both`,
    fix: "rename one of them: names must differ in more than '.' and '_'",
  }))
}

const sinksOf = ({ plan }: Planned): string[] => plan.transform?.sinks.map(({ name }) => name) ?? []

const deadLetterOf = ({ plan }: Planned): string | undefined =>
  plan.exhaustion.kind === 'dead-letter' ? plan.exhaustion.topic : undefined

/** The first item of each key, paired with every later one of the same key. */
function pairsBy<Item>(items: readonly Item[], keyOf: (item: Item) => string | undefined): [Item, Item][] {
  const firsts = new Map<string | undefined, Item>()
  return items.flatMap((item): [Item, Item][] => {
    const key = keyOf(item)
    const first = firsts.get(key)
    if (first === undefined) firsts.set(key, item)
    return first === undefined || key === undefined ? [] : [[first, item]]
  })
}
