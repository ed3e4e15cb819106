import type { MemberProtocol } from './group-state.js'

/** What can happen to a group. `request` is the number under which the runtime keeps a request that may have to wait. */
export type GroupEvent =
  | JoinEvent
  | SyncEvent
  | HeartbeatEvent
  | LeaveEvent
  | CommitEvent
  /** Time has passed: whatever is due happens. */
  | { readonly kind: 'time' }
  /** By the test's hand: the members are asked to join again. */
  | { readonly kind: 'rebalance' }
  /** By the test's hand: this member's session is over, whatever it sent. */
  | { readonly kind: 'expire'; readonly memberId: string }

export interface JoinEvent {
  readonly kind: 'join'
  readonly request: number
  /** From version 4 on: an id is given out first, and used with the next join. */
  readonly needsKnownId: boolean
  /** Empty: not known yet. */
  readonly memberId: string
  /** The id to give out where the member has none. */
  readonly newMemberId: string
  readonly groupInstanceId: string | null
  readonly clientId: string
  readonly clientHost: string
  readonly sessionTimeoutMs: number
  readonly rebalanceTimeoutMs: number
  readonly protocolType: string
  readonly protocols: readonly MemberProtocol[]
}

export interface MemberClaim {
  readonly memberId: string
  readonly groupInstanceId: string | null
}

export interface SyncEvent extends MemberClaim {
  readonly kind: 'sync'
  readonly request: number
  readonly generation: number
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Buffer }[]
}

export interface HeartbeatEvent extends MemberClaim {
  readonly kind: 'heartbeat'
  readonly generation: number
}

export interface LeaveEvent {
  readonly kind: 'leave'
  readonly members: readonly MemberClaim[]
}

/** May these offsets be committed? Also counts as a sign of life. */
export interface CommitEvent extends MemberClaim {
  readonly kind: 'commit'
  readonly generation: number
  readonly isTransactional: boolean
}

export interface JoinAnswer {
  readonly errorCode: number
  readonly memberId: string
  readonly generation: number
  readonly protocolName: string
  readonly leaderId: string
  /** For the leader only. */
  readonly members: readonly { memberId: string; groupInstanceId: string | null; metadata: Buffer }[]
}

export interface SyncAnswer {
  readonly errorCode: number
  readonly assignment: Buffer
}

/** What the runtime has to do. */
export type GroupEffect =
  | { readonly kind: 'answer-join'; readonly request: number; readonly answer: JoinAnswer }
  | { readonly kind: 'answer-sync'; readonly request: number; readonly answer: SyncAnswer }
  /** To heartbeats and commits one code, to a leave one for each member it names. */
  | { readonly kind: 'judge'; readonly errorCodes: readonly number[] }
  | { readonly kind: 'member-joined' | 'member-left' | 'member-expired'; readonly memberId: string }
  /** Kafka writes the group down at this moment: what a restarted broker remembers. */
  | { readonly kind: 'persist' }

export const refusedJoin = (memberId: string, errorCode: number): JoinAnswer => ({
  errorCode,
  memberId,
  generation: -1,
  protocolName: '',
  leaderId: '',
  members: [],
})
