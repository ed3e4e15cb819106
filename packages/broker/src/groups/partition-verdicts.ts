import { errorCode } from '../protocol/error-codes.js'

export interface TopicVerdicts {
  name: string
  partitions: { partitionIndex: number; errorCode: number }[]
}

interface AskedTopic<Partition> {
  readonly name: string
  readonly partitions: readonly Partition[]
}

/**
 * Answers per partition as Kafka does: those that do not exist get their code first, and the coordinator is asked for the others
 * only, if there are any. The answer lists topics with an unknown partition before the rest; without any it is the coordinator's own.
 */
export function verdictsPerPartition<Partition extends { readonly partitionIndex: number }>(
  topics: readonly AskedTopic<Partition>[],
  hasPartition: (topic: string, partition: number) => boolean,
  judge: (topics: readonly AskedTopic<Partition>[]) => TopicVerdicts[],
): TopicVerdicts[] {
  const answer = new Map<string, TopicVerdicts>()
  const add = (name: string, partitions: TopicVerdicts['partitions']): void => {
    if (partitions.length === 0) return
    const topic = answer.get(name)
    if (topic === undefined) answer.set(name, { name, partitions })
    else topic.partitions.push(...partitions)
  }
  const known: AskedTopic<Partition>[] = []
  for (const { name, partitions } of topics) {
    const isKnown = (one: Partition): boolean => hasPartition(name, one.partitionIndex)
    const unknown = partitions.filter((one) => !isKnown(one))
    add(name, withCode(unknown, errorCode.UNKNOWN_TOPIC_OR_PARTITION))
    if (unknown.length < partitions.length) known.push({ name, partitions: partitions.filter(isKnown) })
  }
  if (answer.size === 0) return known.length > 0 ? judge(known) : []
  if (known.length > 0) for (const { name, partitions } of judge(known)) add(name, partitions)
  return [...answer.values()]
}

export const withCode = (
  partitions: readonly { readonly partitionIndex: number }[],
  code: number,
): TopicVerdicts['partitions'] => partitions.map(({ partitionIndex }) => ({ partitionIndex, errorCode: code }))
