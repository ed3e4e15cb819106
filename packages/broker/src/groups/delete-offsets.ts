import { errorCode } from '../protocol/error-codes.js'
import type { OffsetParts } from './commit-offsets.js'
import type { GroupRuntime, HostedGroup } from './group-runtime.js'
import { type TopicVerdicts, verdictsPerPartition } from './partition-verdicts.js'
import { consumerProtocolType, isSubscribedTo } from './subscribed-topics.js'

export interface OffsetsToDelete {
  readonly groupId: string
  readonly topics: readonly {
    readonly name: string
    readonly partitions: readonly { readonly partitionIndex: number }[]
  }[]
}

export interface DeletedOffsets {
  errorCode: number
  topics: TopicVerdicts[]
}

/** DeleteGroups, one of them: with all its offsets, those of open transactions too. */
export function deleteGroup(runtime: GroupRuntime, groupId: string): number {
  const group = runtime.find(groupId)
  if (group === undefined) return errorCode.GROUP_ID_NOT_FOUND
  if (group.state.phase !== 'Empty') return errorCode.NON_EMPTY_GROUP
  runtime.delete(group)
  return errorCode.NONE
}

/** OffsetDelete: what somebody subscribes to stays. So does a group that is left with nothing, until retention looks at it. */
export function deleteOffsets({ runtime, hasPartition }: OffsetParts, request: OffsetsToDelete): DeletedOffsets {
  if (request.groupId === '') return { errorCode: errorCode.INVALID_GROUP_ID, topics: [] }
  let refusal: number = errorCode.NONE
  const topics = verdictsPerPartition(request.topics, hasPartition, (known) => {
    const group = runtime.find(request.groupId)
    refusal = refusalOf(group)
    if (group === undefined || refusal !== errorCode.NONE) return []
    const verdicts = known.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex }) => ({
        partitionIndex,
        errorCode: deleteOne(group, name, partitionIndex),
      })),
    }))
    return verdicts
  })
  return refusal === errorCode.NONE ? { errorCode: errorCode.NONE, topics } : { errorCode: refusal, topics: [] }
}

function refusalOf(group: HostedGroup | undefined): number {
  if (group === undefined) return errorCode.GROUP_ID_NOT_FOUND
  const { phase, protocolType } = group.state
  return phase !== 'Empty' && protocolType !== consumerProtocolType ? errorCode.NON_EMPTY_GROUP : errorCode.NONE
}

function deleteOne(group: HostedGroup, topic: string, partition: number): number {
  if (isSubscribedTo(group.state, topic)) return errorCode.GROUP_SUBSCRIBED_TO_TOPIC
  group.offsets.remove(topic, partition)
  return errorCode.NONE
}
