import { fail } from '../millrace-error.js'
import type { PartitionSelection } from '../observe/control.js'
import type { LeasedPartition } from '../receive/leased-partition.js'
import type { GroupAtWork } from './group-at-work.js'

export interface Selected {
  readonly group: GroupAtWork
  /** Of this worker, now. */
  readonly partitions: readonly LeasedPartition[]
}

/**
 * The partitions of this worker that an operator means.
 * @throws MillraceError `MILLRACE_CONTROL_UNKNOWN` for names that the plan does not have, `MILLRACE_CONTROL_INVALID` for a partition without a topic
 */
export function selectPartitions(
  groups: readonly GroupAtWork[],
  { group: name, topic, partition }: PartitionSelection,
): Selected {
  const group = groups.find(({ member }) => member.group === name)
  if (group === undefined)
    throw unknown(
      `group "${name}"`,
      groups.map(({ member }) => member.group),
    )
  const topics = group.handlers.map(({ plan }) => plan.topic.name)
  if (topic !== undefined && !topics.includes(topic)) throw unknown(`topic "${topic}" in group "${name}"`, topics)
  if (partition !== undefined && topic === undefined) {
    const problem = { where: 'partition', problem: 'says nothing without a topic', fix: 'name the topic as well' }
    throw fail('MILLRACE_CONTROL_INVALID', { problems: [problem] })
  }
  const partitions = [...group.member.partitions.values()].filter(
    ({ source }) =>
      (topic === undefined || source.topic === topic) && (partition === undefined || source.partition === partition),
  )
  return { group, partitions }
}

export const unknown = (what: string, known: readonly string[]): Error =>
  fail('MILLRACE_CONTROL_UNKNOWN', { what, known })

export const nameOfPartition = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string =>
  `${topic}[${partition}]`
