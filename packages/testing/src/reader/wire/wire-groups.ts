import { consumerProtocolAssignment, decodeMessage, errorCode } from '@millrace/broker/protocol'
import { KafkaRefusal, refuse } from './kafka-refusal.js'
import { retrying } from './retrying.js'
import { type CommandContext, offsetsIn } from './wire-call.js'
import type { Answered } from './wire-connection.js'
import type { WireCluster } from './wire-cluster.js'
import { isolationIn, listOffsets, offsetList, wantedPartitions } from './wire-offsets.js'

type Command = (cluster: WireCluster, context: CommandContext) => Promise<unknown>
type DescribedGroup = Answered<'DescribeGroups'>['groups'][number]

const groupKey = 0

/** Asks the coordinator of a group, again for as long as that passes. */
const atCoordinator = <T>(
  cluster: WireCluster,
  group: string,
  limit: AbortSignal,
  work: (node: number) => Promise<T>,
): Promise<T> =>
  retrying(`group "${group}"`, limit, async () => work(await cluster.coordinatorOf(group, groupKey, limit)))

/** Offsets and groups. */
export const groupCommands: Readonly<Record<string, Command>> = {
  async offsets(cluster, { call, limit }) {
    const partitions = await wantedPartitions(cluster, call, limit)
    const which = call.text('at') === 'earliest' ? 'earliest' : 'latest'
    const range = { topic: call.text('topic'), partitions, which, isolation: isolationIn(call) } as const
    return offsetList(await listOffsets(cluster, range, limit))
  },

  committed(cluster, { call, limit }) {
    const group = call.text('group')
    return atCoordinator(cluster, group, limit, async (node) => {
      const answer = await cluster.ask(node, 'OffsetFetch', { groupId: group, topics: null }, limit)
      refuse(answer.errorCode, `offsets of "${group}"`)
      return answer.topics.flatMap(({ name: topic, partitions }) =>
        partitions.flatMap(({ partitionIndex: partition, committedOffset, metadata, errorCode: code }) => {
          refuse(code, `offsets of "${group}"`)
          return committedOffset < 0n ? [] : [{ topic, partition, offset: committedOffset.toString(), metadata }]
        }),
      )
    })
  },

  async setCommitted(cluster, { call, limit }) {
    const [group, topic] = [call.text('group'), call.text('topic')]
    const partitions = offsetsIn(call, 'offsets').map(([partitionIndex, committedOffset]) => ({
      partitionIndex,
      committedOffset,
      committedMetadata: '',
    }))
    await atCoordinator(cluster, group, limit, async (node) => {
      const topics = [{ name: topic, partitions }]
      const answer = await cluster.ask(node, 'OffsetCommit', { groupId: group, memberId: '', topics }, limit)
      for (const one of answer.topics[0]?.partitions ?? []) refuse(one.errorCode, `an offset of "${group}"`)
    })
    return null
  },

  async listGroups(cluster, { limit }) {
    const nodes = await retrying('the nodes', limit, () => cluster.nodes(limit))
    const groups: object[] = []
    for (const node of nodes.keys()) {
      const listed = await retrying('groups', limit, async () => {
        const answer = await cluster.ask(node, 'ListGroups', {}, limit)
        refuse(answer.errorCode, 'groups')
        return answer.groups
      })
      for (const { groupId, groupState } of listed) groups.push({ group: groupId, state: groupState })
    }
    return groups
  },

  async describeGroup(cluster, { call, limit }) {
    const group = call.text('group')
    const { groupState, members } = await describeGroup(cluster, group, limit)
    // What Kafka's newest client makes of it.
    if (groupState === 'Dead') throw new KafkaRefusal('GroupIdNotFoundException', `Group ${group} not found.`)
    return { group, state: groupState, members: members.map(memberOf) }
  },

  async deleteGroup(cluster, { call, limit }) {
    const group = call.text('group')
    await atCoordinator(cluster, group, limit, async (node) => {
      const [deleted] = (await cluster.ask(node, 'DeleteGroups', { groupsNames: [group] }, limit)).results
      refuse(deleted?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR, `deleting "${group}"`)
    })
    return null
  },

  coordinatorOf: (cluster, { call, limit }) => atCoordinator(cluster, call.text('group'), limit, async (node) => node),
}

const describeGroup = (cluster: WireCluster, group: string, limit: AbortSignal): Promise<DescribedGroup> =>
  atCoordinator(cluster, group, limit, async (node) => {
    const asked = { groups: [group], includeAuthorizedOperations: false }
    const [described] = (await cluster.ask(node, 'DescribeGroups', asked, limit)).groups
    if (described === undefined) throw new KafkaRefusal('UnknownServerException', `no answer about "${group}"`)
    refuse(described.errorCode, `group "${group}"`)
    return described
  })

const memberOf = ({ memberId, clientId, clientHost, memberAssignment }: DescribedGroup['members'][number]): object => ({
  memberId,
  clientId,
  host: clientHost,
  assignment: assignedIn(memberAssignment),
})

/** Members that wait for their assignment have none. */
function assignedIn(bytes: Buffer): readonly object[] {
  if (bytes.length === 0) return []
  const version = Math.min(bytes.readInt16BE(0), consumerProtocolAssignment.validVersions[1])
  const { assignedPartitions } = decodeMessage(consumerProtocolAssignment, version, bytes, 2)
  return assignedPartitions.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })))
}
