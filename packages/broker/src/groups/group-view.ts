import type { HostedGroup } from './group-runtime.js'
import type { GroupPhase, Member } from './group-state.js'

export interface MemberView {
  readonly memberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** What it says of itself in the group's protocol; empty unless the group is stable. */
  readonly metadata: Buffer
  readonly assignment: Buffer
}

export interface OffsetView {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  /** -1: not given. */
  readonly leaderEpoch: number
  readonly metadata: string
}

/** One group as it stands: what DescribeGroups shows of it, and what only a test may see. */
export interface GroupView {
  readonly groupId: string
  readonly state: GroupPhase
  readonly generation: number
  /** Null where nobody ever joined. */
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leaderId: string | null
  readonly members: readonly MemberView[]
  /** Given out with 79 and not used yet. */
  readonly pendingMemberIds: readonly string[]
  readonly committed: readonly OffsetView[]
  /** Of transactions that are still open. */
  readonly pending: readonly (OffsetView & { readonly producerId: bigint })[]
}

export function viewOf({ state, offsets }: HostedGroup): GroupView {
  const { groupId, phase, generation, protocolType, protocolName, leaderId } = state
  const protocolInUse = phase === 'Stable' ? protocolName : null
  return {
    groupId,
    state: phase,
    generation,
    protocolType,
    protocolName,
    leaderId,
    members: [...state.members.values()].map((member) => memberView(member, protocolInUse)),
    pendingMemberIds: [...state.pendingJoins.keys()],
    committed: offsets.committed().map(({ topic, partition, value }) => ({ topic, partition, ...offsetView(value) })),
    pending: offsets.pending().map(({ topic, partition, value, producerId }) => ({
      producerId,
      topic,
      partition,
      ...offsetView(value),
    })),
  }
}

function memberView(member: Member, protocolInUse: string | null): MemberView {
  const { memberId, groupInstanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, assignment } = member
  const metadata = member.protocols.find(({ name }) => name === protocolInUse)?.metadata ?? Buffer.alloc(0)
  return { memberId, groupInstanceId, clientId, clientHost, sessionTimeoutMs, rebalanceTimeoutMs, metadata, assignment }
}

const offsetView = ({ offset, leaderEpoch, metadata }: Omit<OffsetView, 'topic' | 'partition'>) => ({
  offset,
  leaderEpoch,
  metadata,
})
