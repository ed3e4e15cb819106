import type { GroupPhase } from '../groups/group-state.js'
import type { Inspection } from './inspection.js'
import { groupText, logText, transactionText } from './inspection-text.js'

type AtLeast = { readonly atLeast: bigint | number }
type OfPartition = { readonly topic: string; readonly partition: number }

/** What can be waited for by name, and the facts that each needs. */
export interface Conditions {
  /** The topic is there, with at least so many partitions if they are given. */
  'topic.exists': { readonly topic: string; readonly partitions?: number }
  /** The log has reached this end offset. */
  'log.end': OfPartition & AtLeast
  /** The stable offset has reached this: transactions in front of it are decided. */
  'log.stable': OfPartition & AtLeast
  /** A `read_committed` reader of the whole topic would get so many records. */
  'records.readable': { readonly topic: string; readonly atLeast: number }
  /** Joined and assigned, with exactly so many members if they are given, in at least this generation if it is given. */
  'group.stable': { readonly group: string; readonly members?: number; readonly generation?: number }
  'group.state': { readonly group: string; readonly state: GroupPhase }
  /** The committed offset has reached this. */
  'offset.committed': OfPartition & AtLeast & { readonly group: string }
  /** Begun and not ended. */
  'transaction.open': { readonly transactionalId: string }
  /** None is open, and the markers of the last one are written. */
  'transaction.ended': { readonly transactionalId: string }
  /** Exactly so many connections. */
  connections: { readonly count: number }
}

export type ConditionName = keyof Conditions

/** Whether it holds, and what there was to see. */
interface Seen {
  readonly holds: boolean
  readonly saw: string
}

type Look<Facts> = (view: Inspection, facts: Facts) => Seen

const seen = (holds: boolean, saw: string): Seen => ({ holds, saw })

const looks: { readonly [N in ConditionName]: Look<Conditions[N]> } = {
  'topic.exists': (view, { topic, partitions = 1 }) => {
    const count = view.topic(topic)?.partitions.length
    return seen(
      count !== undefined && count >= partitions,
      count === undefined ? noTopic(topic) : `${count} partitions`,
    )
  },
  'log.end': (view, facts) => ofLog(view, facts, 'endOffset'),
  'log.stable': (view, facts) => ofLog(view, facts, 'stableOffset'),
  'records.readable': (view, { topic, atLeast }) => {
    if (view.topic(topic) === undefined) return seen(false, noTopic(topic))
    const count = view.records(topic).length
    return seen(count >= atLeast, `${count} readable records in "${topic}"`)
  },
  'group.stable': (view, { group, members, generation = 0 }) => {
    const found = view.group(group)
    const fits = members === undefined ? true : found?.members.length === members
    return seen(found?.state === 'Stable' && fits && found.generation >= generation, ofGroup(view, group))
  },
  'group.state': (view, { group, state }) => seen(view.group(group)?.state === state, ofGroup(view, group)),
  'offset.committed': (view, { group, topic, partition, atLeast }) => {
    const offset = view.committed(group, topic, partition)
    return seen(offset !== undefined && offset >= BigInt(atLeast), ofGroup(view, group))
  },
  'transaction.open': (view, { transactionalId }) =>
    seen(view.transaction(transactionalId)?.status === 'Ongoing', ofTransaction(view, transactionalId)),
  'transaction.ended': (view, { transactionalId }) => {
    const status = view.transaction(transactionalId)?.status
    return seen(status?.startsWith('Complete') === true || status === 'Empty', ofTransaction(view, transactionalId))
  },
  connections: (view, { count }) => seen(view.connections.length === count, `${view.connections.length} connections`),
}

/** Whether it holds now. */
export const lookAt = <N extends ConditionName>(name: N, view: Inspection, facts: Conditions[N]): Seen =>
  looks[name](view, facts)

export const conditionNames: readonly string[] = Object.keys(looks)

const noTopic = (topic: string): string => `no topic "${topic}"`

function ofLog(view: Inspection, facts: OfPartition & AtLeast, field: 'endOffset' | 'stableOffset'): Seen {
  const log = view.topic(facts.topic)?.partitions[facts.partition]
  if (log === undefined) return seen(false, `no partition ${facts.topic}/${facts.partition}`)
  return seen(log[field] >= BigInt(facts.atLeast), `${facts.topic}/${facts.partition} ${logText(log)}`)
}

function ofGroup(view: Inspection, groupId: string): string {
  const group = view.group(groupId)
  return group === undefined ? `no group "${groupId}"` : `group ${groupText(group)}`
}

function ofTransaction(view: Inspection, id: string): string {
  const transaction = view.transaction(id)
  return transaction === undefined ? `no transactional id "${id}"` : `transaction ${transactionText(transaction)}`
}
