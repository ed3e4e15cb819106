import type { GroupEffect, JoinAnswer, SyncAnswer } from './group-event.js'
import type { GroupPhase, GroupRules, GroupState, JoinDeadline, Member } from './group-state.js'

/**
 * A group while one event acts on it: a copy of the state, and what there is to do. It lives inside one transition, so changing it in
 * place changes nothing that anybody else can see. Members are replaced, never changed.
 */
export interface GroupDraft {
  readonly groupId: string
  readonly now: number
  readonly rules: GroupRules
  readonly effects: GroupEffect[]
  phase: GroupPhase
  previousPhase: GroupPhase | 'Dead'
  since: number
  generation: number
  protocolType: string | null
  protocolName: string | null
  leaderId: string | null
  readonly members: Map<string, Member>
  readonly pendingJoins: Map<string, number>
  readonly pendingSyncs: Set<string>
  subscribedTopics: ReadonlySet<string> | null
  newMemberAdded: boolean
  joinDeadline: JoinDeadline | null
  syncDeadlineAt: number | null
}

export const draftOf = (state: GroupState, now: number, rules: GroupRules): GroupDraft => ({
  ...state,
  members: new Map(state.members),
  pendingJoins: new Map(state.pendingJoins),
  pendingSyncs: new Set(state.pendingSyncs),
  now,
  rules,
  effects: [],
})

export function finished({ now: _now, rules: _rules, effects, ...state }: GroupDraft): {
  state: GroupState
  effects: readonly GroupEffect[]
} {
  return { state, effects }
}

export function enter(group: GroupDraft, phase: GroupPhase): void {
  group.previousPhase = group.phase
  group.phase = phase
  group.since = group.now
}

/** Replaces a member by itself with these changes. */
export function update(group: GroupDraft, member: Member, changes: Partial<Member>): Member {
  const changed = { ...member, ...changes }
  group.members.set(changed.memberId, changed)
  return changed
}

export function remove(group: GroupDraft, memberId: string): void {
  group.members.delete(memberId)
  group.pendingJoins.delete(memberId)
  group.pendingSyncs.delete(memberId)
  if (group.leaderId === memberId) group.leaderId = group.members.keys().next().value ?? null
}

/** A sign of life, or what counts as one. */
export function renewSession(group: GroupDraft, member: Member): Member {
  return update(group, member, { sessionEndsAt: group.now + member.sessionTimeoutMs })
}

/** Answers the join that the member waits with, if it does. */
export function answerJoin(group: GroupDraft, member: Member, answer: JoinAnswer): Member {
  if (member.joinRequest === null) return member
  group.effects.push({ kind: 'answer-join', request: member.joinRequest, answer })
  return update(group, member, { joinRequest: null })
}

/** Answers the sync that the member waits with, if it does. */
export function answerSync(group: GroupDraft, member: Member, answer: SyncAnswer): Member {
  if (member.syncRequest === null) return member
  group.effects.push({ kind: 'answer-sync', request: member.syncRequest, answer })
  return update(group, member, { syncRequest: null })
}

export const judge = (group: GroupDraft, ...errorCodes: number[]): void => {
  group.effects.push({ kind: 'judge', errorCodes })
}

export const hasAllJoined = (group: GroupDraft): boolean =>
  group.pendingJoins.size === 0 && [...group.members.values()].every((member) => member.joinRequest !== null)

/** Kafka's: as long as the most patient member asks for. */
export const rebalanceTimeoutMsOf = (group: GroupDraft): number =>
  Math.max(0, ...[...group.members.values()].map((member) => member.rebalanceTimeoutMs))

export const noAssignment = Buffer.alloc(0)
