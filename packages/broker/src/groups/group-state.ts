/** Kafka's states of a classic group. A dead one is not kept: it reads `Dead` wherever it is asked for. */
export type GroupPhase = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable'

export interface MemberProtocol {
  readonly name: string
  readonly metadata: Buffer
}

/** One member. A request number stands for a request that waits for its answer. */
export interface Member {
  readonly memberId: string
  /** Null for a dynamic member. */
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  /** In the member's order of preference. */
  readonly protocols: readonly MemberProtocol[]
  readonly assignment: Buffer
  /** Set while the member waits at the barrier. */
  readonly joinRequest: number | null
  /** Set while the member waits for the leader's assignment. */
  readonly syncRequest: number | null
  /** Joined and not yet part of a generation: it knows no id to send heartbeats with, so silence is not held against it. */
  readonly isNew: boolean
  /** Infinity: nothing is expected of it until the rebalance ends. */
  readonly sessionEndsAt: number
}

/** When the join phase ends, whoever is missing. */
export type JoinDeadline =
  | { readonly kind: 'initial'; readonly at: number; readonly delayMs: number; readonly remainingMs: number }
  | { readonly kind: 'rebalance'; readonly at: number }

/** One group between two events. Nothing in it is ever changed in place. */
export interface GroupState {
  readonly groupId: string
  readonly phase: GroupPhase
  readonly previousPhase: GroupPhase | 'Dead'
  /** When it entered its phase. */
  readonly since: number
  readonly generation: number
  /** Null until somebody joined: such a group only keeps offsets. */
  readonly protocolType: string | null
  readonly protocolName: string | null
  readonly leaderId: string | null
  /** In the order of joining. */
  readonly members: ReadonlyMap<string, Member>
  /** Ids that were given out and not used yet, and when they lapse. */
  readonly pendingJoins: ReadonlyMap<string, number>
  readonly pendingSyncs: ReadonlySet<string>
  /** Null: not known, or not told in the words of consumers. */
  readonly subscribedTopics: ReadonlySet<string> | null
  /** Somebody joined during the initial delay, which is then extended. */
  readonly newMemberAdded: boolean
  readonly joinDeadline: JoinDeadline | null
  readonly syncDeadlineAt: number | null
}

export interface GroupRules {
  /** How long a group that was empty waits for more members. */
  readonly initialRebalanceDelayMs: number
  readonly maxGroupSize: number
}

/** Kafka forgets a join of a new member after five minutes of waiting. */
export const newMemberJoinTimeoutMs = 300_000

export const emptyGroup = (groupId: string, now: number): GroupState => ({
  groupId,
  phase: 'Empty',
  previousPhase: 'Dead',
  since: now,
  generation: 0,
  protocolType: null,
  protocolName: null,
  leaderId: null,
  members: new Map(),
  pendingJoins: new Map(),
  pendingSyncs: new Set(),
  subscribedTopics: null,
  newMemberAdded: false,
  joinDeadline: null,
  syncDeadlineAt: null,
})

/** The id that an instance name stands for at the moment. */
export function staticMemberId(group: Pick<GroupState, 'members'>, groupInstanceId: string): string | undefined {
  for (const member of group.members.values()) {
    if (member.groupInstanceId === groupInstanceId) return member.memberId
  }
  return undefined
}
