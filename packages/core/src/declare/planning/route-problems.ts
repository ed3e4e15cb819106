import type { Problem } from '../../error-entry.js'
import type { HandlerPlan } from '../plan.js'
import type { Condition, RouteCondition } from '../routing/condition.js'
import { conditionProblems } from '../routing/condition-problems.js'
import { findOverlap, type OverlappingRecord } from '../routing/find-overlap.js'
import { printCondition } from '../routing/print-condition.js'
import type { Planned } from './plan-problems.js'
import { looksAtFields } from '../routing/looks-at-fields.js'

/** What dead letters, metrics and logs call it when no handler of the topic takes a record. */
export const unrouted = 'unrouted'

interface Fault {
  readonly problem: string
  readonly fix: string
}

/** What is wrong with the condition of one handler, by itself. */
export function routeFaults(when: RouteCondition | undefined, priority: number | undefined): readonly Fault[] {
  if (when === undefined) {
    const fix = 'take it out, or say with when which records the handler takes'
    return priority === undefined ? [] : [{ problem: 'it has a priority, but no condition', fix }]
  }
  if (when.kind === 'otherwise') {
    const fix = 'take the priority out: otherwise always comes last'
    return priority === undefined ? [] : [{ problem: 'it is otherwise, and has a priority', fix }]
  }
  const inside = conditionProblems(when)
  if (inside.length > 0 || findOverlap(when, when) !== undefined) return inside
  return [{ problem: `no record can meet ${printCondition(when)}`, fix: 'correct the conditions inside allOf' }]
}

/** What is wrong between the handlers of one topic in one group, of which at least one has a condition. */
export const problemsOfRoutes = (routes: readonly Planned[]): readonly Problem[] => [
  ...withoutCondition(routes),
  ...pairsOf(routes).flatMap(([first, second]) =>
    [
      meetingFault(first, second),
      agreementFault(first.plan, second.plan),
      nameFault(first.plan, second.plan),
      unmatchedFault(first, second),
    ].flatMap((fault) => (fault === undefined ? [] : { where: second.where, ...fault })),
  ),
  ...sharedDefinition(routes),
  ...reservedNames(routes),
]

function withoutCondition(routes: readonly Planned[]): Problem[] {
  const other = routes.find(({ when }) => when !== undefined)?.plan.name
  const fix = 'give it a condition as well, or when: otherwise for what the others do not take'
  return routes.flatMap(({ when, where }) =>
    when === undefined
      ? [{ where, problem: `it has no condition (when), but ${other} on this topic has one`, fix }]
      : [],
  )
}

/** A record goes to one handler, so it must not be up to chance which of two takes it. */
function meetingFault(first: Planned, second: Planned): Fault | undefined {
  const { when: one } = first
  const { when: other } = second
  if (one === undefined || other === undefined) return undefined
  if (one.kind === 'otherwise' || other.kind === 'otherwise') {
    if (one.kind !== other.kind) return undefined
    return { problem: `${first.plan.name} takes the rest of this topic already`, fix: 'keep one otherwise per topic' }
  }
  if (first.priority !== second.priority || !isSound(one) || !isSound(other)) return undefined
  const overlap = findOverlap(one, other)
  if (overlap === undefined) return undefined
  const pair = `${printCondition(other)} and ${printCondition(one)} of ${first.plan.name}`
  const problem =
    overlap === 'undecided'
      ? `${pair} have too many cases to tell whether one record can meet both`
      : `${pair} can meet in one record: ${describeRecord(overlap)}`
  const fix = 'make them exclude each other, or say which comes first: priority: 1 on that one (the higher number wins)'
  return { problem, fix }
}

const isSound = (when: Condition): boolean => conditionProblems(when).length === 0

function describeRecord({ headers, fields }: OverlappingRecord): string {
  const parts = [
    ...[...headers].map(([name, value]) => `header ${name} ${JSON.stringify(value)}`),
    ...[...fields].map(([name, value]) => `field ${name} ${JSON.stringify(value)}`),
  ]
  return parts.join(', ')
}

/** What belongs to the lease, which they share. */
function agreementFault(first: HandlerPlan, second: HandlerPlan): Fault | undefined {
  const differing = (['delivery', 'order'] as const).find((name) => first[name] !== second[name])
  if (differing === undefined) return undefined
  const problem = `its ${differing} is ${second[differing]}, that of ${first.name} on this topic is ${first[differing]}`
  return { problem, fix: `give them one ${differing}, or one of the consumers a group of its own` }
}

function nameFault(first: HandlerPlan, second: HandlerPlan): Fault | undefined {
  if (first.name !== second.name) return undefined
  const fix =
    "one method has one condition per topic: join them with anyOf(...); functions take a name: { name: '...' }"
  return { problem: 'another handler of this topic has the same name, so nobody could tell them apart', fix }
}

function unmatchedFault(first: Planned, second: Planned): Fault | undefined {
  if (first.unmatched === undefined || second.unmatched === undefined || first.unmatched === second.unmatched) {
    return undefined
  }
  const problem = `its consumer says unmatched: '${second.unmatched}', that of ${first.plan.name} on this topic '${first.unmatched}'`
  return { problem, fix: 'say it once, or the same' }
}

/** Where a field decides, the record is decoded before anybody knows whose it is. */
function sharedDefinition(routes: readonly Planned[]): Problem[] {
  const byField = routes.find(({ when }) => when !== undefined && looksAtFields(when))
  if (byField === undefined) return []
  const { key, value, tombstones } = byField.plan.topic
  return routes.flatMap(({ plan: { topic }, where }) => {
    if (topic.key === key && topic.value === value && topic.tombstones === tombstones) return []
    const problem = `${byField.plan.name} looks at a field, and this handler defines the topic in another way`
    return [{ where, problem, fix: 'use one topic(...) for both, or tell them apart by headers only' }]
  })
}

const reservedNames = (routes: readonly Planned[]): Problem[] =>
  routes.flatMap(({ plan, where }) =>
    plan.name === unrouted
      ? [{ where, problem: `"${unrouted}" is what records are counted under that nobody takes`, fix: 'rename it' }]
      : [],
  )

const pairsOf = <Item>(items: readonly Item[]): [Item, Item][] =>
  items.flatMap((second, at) => items.slice(0, at).map((first): [Item, Item] => [first, second]))
