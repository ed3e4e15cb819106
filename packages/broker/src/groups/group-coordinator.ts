import type { Clock } from '../clock/clock.js'
import type { BrokerEvent } from '../observe/broker-events.js'
import {
  commitOffsets,
  endTransaction,
  type OffsetsToCommit,
  type OffsetsToStage,
  stageOffsets,
} from './commit-offsets.js'
import { type DeletedOffsets, deleteGroup, deleteOffsets, type OffsetsToDelete } from './delete-offsets.js'
import { type FetchedTopic, fetchOffsets, type OffsetsToFetch } from './fetch-offsets.js'
import { defaultGroupConfig, type GroupConfig } from './group-config.js'
import type { JoinAnswer, SyncAnswer } from './group-event.js'
import {
  type HeartbeatRequest,
  heartbeat,
  type JoinRequest,
  joinGroup,
  type LeaveRequest,
  type LeaveVerdict,
  leaveGroup,
  type SyncRequest,
  syncGroup,
} from './group-requests.js'
import { GroupRuntime } from './group-runtime.js'
import { type GroupView, viewOf } from './group-view.js'
import { startOffsetRetention } from './offset-retention.js'
import type { TopicVerdicts } from './partition-verdicts.js'

/** All groups of a broker. Requests answer by code, never by throwing. */
export interface GroupCoordinator {
  /** Answers at once or when the barrier opens; exactly once, unless the broker is suspended before. */
  join(request: JoinRequest, answer: (answer: JoinAnswer) => void): void
  /** Answers at once or when the leader has assigned. */
  sync(request: SyncRequest, answer: (answer: SyncAnswer) => void): void
  heartbeat(request: HeartbeatRequest): number
  leave(request: LeaveRequest): LeaveVerdict
  commitOffsets(request: OffsetsToCommit): TopicVerdicts[]
  fetchOffsets(groupId: string, topics: OffsetsToFetch['topics'], requireStable: boolean): FetchedTopic[]
  /** For TxnOffsetCommit: pending until `endTransaction`. */
  stageOffsets(request: OffsetsToStage): TopicVerdicts[]
  endTransaction(groupId: string, producerId: bigint, committed: boolean): void
  deleteGroup(groupId: string): number
  deleteOffsets(request: OffsetsToDelete): DeletedOffsets
  /** A topic was deleted: so are all offsets for it. */
  forgetTopic(topic: string): void

  /** Asks the members of a group to join again. False: there is nobody to ask, or they are joining already. */
  forceRebalance(groupId: string): boolean
  /** Ends a member's session at once; without an id the leader's. False: there is none. */
  expireMember(groupId: string, memberId?: string): boolean
  /** Undefined where Kafka says Dead. */
  describe(groupId: string): GroupView | undefined
  list(): GroupView[]

  /** The broker is going down: no timer is left behind, and requests that wait are forgotten. */
  suspend(): void
  /** The broker is back: groups are as they were written down last, sessions begin anew. */
  resume(): void
}

export interface GroupCoordinatorParts {
  readonly clock: Clock
  readonly config?: Partial<GroupConfig>
  readonly hasPartition: (topic: string, partition: number) => boolean
  /** A uuid, for member ids. */
  readonly newId: () => string
  readonly emit: (event: BrokerEvent) => void
}

export function createGroupCoordinator(parts: GroupCoordinatorParts): GroupCoordinator {
  const { clock, hasPartition, newId, emit } = parts
  const config = { ...defaultGroupConfig, ...parts.config }
  const runtime = new GroupRuntime({ clock, rules: config, emit })
  const shared = { runtime, clock, config, hasPartition, newId, emit }
  let stopRetention = startOffsetRetention(shared)

  return {
    join: (request, answer) => joinGroup(shared, request, answer),
    sync: (request, answer) => syncGroup(runtime, request, answer),
    heartbeat: (request) => heartbeat(runtime, request),
    leave: (request) => leaveGroup(runtime, request),
    commitOffsets: (request) => commitOffsets(shared, request),
    fetchOffsets: (groupId, topics, requireStable) =>
      fetchOffsets(runtime.find(groupId)?.offsets, { topics, requireStable }),
    stageOffsets: (request) => stageOffsets(shared, request),
    endTransaction: (groupId, producerId, committed) => endTransaction(shared, groupId, producerId, committed),
    deleteGroup: (groupId) => deleteGroup(runtime, groupId),
    deleteOffsets: (request) => deleteOffsets(shared, request),
    forgetTopic(topic) {
      for (const { offsets } of runtime.all()) offsets.removeTopic(topic)
    },
    forceRebalance: (groupId) => forceRebalance(runtime, groupId),
    expireMember: (groupId, memberId) => expireMember(runtime, groupId, memberId),
    describe(groupId) {
      const group = runtime.find(groupId)
      return group === undefined ? undefined : viewOf(group)
    },
    list: () => runtime.all().map(viewOf),
    suspend() {
      stopRetention()
      runtime.suspend()
    },
    resume() {
      stopRetention = startOffsetRetention(shared)
      runtime.resume()
    },
  }
}

function forceRebalance(runtime: GroupRuntime, groupId: string): boolean {
  const group = runtime.find(groupId)
  if (group?.state.phase !== 'Stable' && group?.state.phase !== 'CompletingRebalance') return false
  runtime.run(group, { kind: 'rebalance' })
  return true
}

function expireMember(runtime: GroupRuntime, groupId: string, memberId?: string): boolean {
  const group = runtime.find(groupId)
  const whom = memberId ?? group?.state.leaderId ?? undefined
  if (group === undefined || whom === undefined) return false
  if (!group.state.members.has(whom) && !group.state.pendingJoins.has(whom)) return false
  runtime.run(group, { kind: 'expire', memberId: whom })
  return true
}
