import type { Assigner } from 'kafkajs'
import kafkajs from 'kafkajs'
import type { Cluster } from '../internals.js'
import { assignPartitions } from './assign-partitions.js'

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol
const VERSION = 0

/**
 * kafkajs's own assigner gives every topic of the group's leader to everybody, so a partition may go to a member that never
 * asked for it, and a topic that the leader does not know to nobody (K11). It keeps that one's name: members of a plain
 * kafkajs group may be replaced one by one.
 */
export const createSubscriptionAssigner = (cluster: Cluster): Assigner => ({
  name: 'RoundRobinAssigner',
  version: VERSION,
  protocol({ topics }) {
    return { name: this.name, metadata: MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.alloc(0) }) }
  },
  async assign({ members }) {
    const subscribed = members.map(({ memberId, memberMetadata }) => ({
      memberId,
      topics: MemberMetadata.decode(memberMetadata)?.topics ?? [],
    }))
    const wanted = [...new Set(subscribed.flatMap(({ topics }) => topics))]
    await cluster.addMultipleTargetTopics(wanted)
    const metadata = cluster.brokerPool.metadata?.topicMetadata ?? []
    const counts = new Map(metadata.map(({ topic, partitionMetadata }) => [topic, partitionMetadata.length]))
    return [...assignPartitions(subscribed, counts)].map(([memberId, assignment]) => ({
      memberId,
      memberAssignment: MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.alloc(0) }),
    }))
  },
})
