import type { Client } from '../client/open-client.js'
import { watchMembership } from '../guards/captured-membership.js'
import type { Broker, ConsumerGroup } from '../internals.js'
import type { TopicPartition } from './group-offsets.js'
import { installJoinBarrier } from './join-barrier.js'
import { createParkedLoop, type RejoinCause } from './parked-loop.js'
import { causeOfStatic, isFenced } from './static-member.js'

export interface JoinedGroup {
  readonly memberId: string
  readonly generation: number
  /** The leader hands the partitions out. */
  readonly isLeader: boolean
  readonly partitions: readonly TopicPartition[]
}

export interface GroupConsumerParts {
  readonly client: Client
  readonly topics: readonly string[]
  /** Of a static member. */
  readonly instanceId: string | undefined
  /** Awaited before every join. */
  beforeJoin(): Promise<void>
  findCoordinator(): Promise<Broker>
  onMemberId(memberId: string): void
  onJoined(joined: JoinedGroup): void
  /** kafkajs's consumer is not going to join, or not again. May be told more than once. */
  onFailed(error: unknown): void
}

/** kafkajs's consumer, reduced to what it is used for: joining a group and syncing with it. */
export interface GroupConsumer {
  /** The client is connected. Resolves when the first join has ended, either way. */
  start(): Promise<void>
  rejoin(cause: RejoinCause): void
  /** Call before the client is closed: nothing of the consumer goes on after it. */
  release(): void
}

export function createGroupConsumer(parts: GroupConsumerParts): GroupConsumer {
  const { client, topics } = parts
  const { consumer, cluster } = client
  const parked = createParkedLoop()
  let group: ConsumerGroup | undefined
  let hasJoined = false

  watchMembership(cluster, {
    onJoining(joining) {
      group = joining
      parked.takeOver(joining)
    },
    onJoinFailed(error) {
      // kafkajs tries again by itself after a first success; before it, it only crashes, and takes its time to say so.
      if (!hasJoined || isFenced(error)) parts.onFailed(error)
    },
  })
  installJoinBarrier(cluster, {
    pass: () => parts.beforeJoin(),
    findCoordinator: () => parts.findCoordinator(),
    instanceId: parts.instanceId,
    onMemberId: (memberId) => parts.onMemberId(memberId),
  })
  // Runs synchronously, before the first fetch of the generation.
  consumer.on(consumer.events.GROUP_JOIN, ({ payload: { memberId, isLeader, memberAssignment } }) => {
    hasJoined = true
    parked.park()
    const partitions = Object.entries(memberAssignment).flatMap(([topic, numbers]) =>
      numbers.map((partition) => ({ topic, partition })),
    )
    parts.onJoined({ memberId, isLeader, generation: group?.generationId ?? -1, partitions })
  })
  consumer.on(consumer.events.CRASH, ({ payload: { error } }) => parts.onFailed(error))

  return {
    async start() {
      await consumer.subscribe({ topics: [...topics], fromBeginning: true })
      await consumer.run({ autoCommit: false, eachBatchAutoResolve: false })
    },
    rejoin: (cause) => parked.rejoin(parts.instanceId === undefined ? cause : causeOfStatic(cause)),
    release() {
      // The member leaves the group by itself: kafkajs's own goodbye would go to the broker it once joined at.
      if (group !== undefined) group.memberId = null
      parked.release()
    },
  }
}
