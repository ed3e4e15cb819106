import type { Assigner } from 'kafkajs'
import kafkajs from 'kafkajs'
import type { Cluster } from '../internals.js'
import { assignPartitions, type Assignment } from './assign-partitions.js'
import { encodeClaim, type OwnershipClaim } from './ownership-claim.js'
import { decodeSubscription } from './subscription.js'

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol
const VERSION = 0

/** What a member last owned; each of its joins says so. */
export interface Ownership {
  claim: OwnershipClaim | undefined
}

/**
 * The names under which members of ours and of others agree on who hands partitions out, the preferred one first: a group
 * takes a name that all its members offer. The second is kafkajs's own, so that the members of a plain kafkajs group can be
 * replaced one by one; under it a plain kafkajs that happens to lead gives every topic of its own to everybody (K11).
 */
const NAMES = ['millrace-sticky', 'RoundRobinAssigner'] as const

/**
 * kafkajs's own assigner gives every topic of the group's leader to everybody, so a partition may go to a member that never
 * asked for it, and a topic that the leader does not know to nobody (K11). And it starts anew each time, so that a member
 * which joins or leaves moves nearly all partitions.
 */
export const createSubscriptionAssigners = (ownership: Ownership): readonly ((cluster: Cluster) => Assigner)[] =>
  NAMES.map((name) => (cluster) => ({
    name,
    version: VERSION,
    protocol({ topics }) {
      const userData = ownership.claim === undefined ? Buffer.alloc(0) : encodeClaim(ownership.claim)
      return { name, metadata: MemberMetadata.encode({ version: VERSION, topics, userData }) }
    },
    async assign({ members }) {
      const subscribed = members.map(({ memberId, memberMetadata }) => ({
        memberId,
        ...decodeSubscription(memberMetadata),
      }))
      const wanted = [...new Set(subscribed.flatMap(({ topics }) => topics))]
      await cluster.addMultipleTargetTopics(wanted)
      const metadata = cluster.brokerPool.metadata?.topicMetadata ?? []
      const counts = new Map(metadata.map(({ topic, partitionMetadata }) => [topic, partitionMetadata.length]))
      return [...assignPartitions(subscribed, counts)].map(([memberId, assignment]) => ({
        memberId,
        memberAssignment: encodeAssignment(assignment),
      }))
    },
  }))

const encodeAssignment = (assigned: Assignment): Buffer => {
  const assignment: Record<string, number[]> = Object.create(null)
  for (const [topic, partitions] of assigned) assignment[topic] = [...partitions]
  return MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.alloc(0) })
}
