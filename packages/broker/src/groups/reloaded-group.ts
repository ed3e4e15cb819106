import type { GroupState } from './group-state.js'

/**
 * A group as a broker that starts again finds it: the last one that was written down, stable or empty, whatever was going on. Of each
 * member only the protocol in use was written, and its session begins anew.
 */
export function reloadedGroup(written: GroupState, now: number): GroupState {
  const members = [...written.members.values()].map((member) => ({
    ...member,
    protocols: member.protocols.filter(({ name }) => name === written.protocolName),
    joinRequest: null,
    syncRequest: null,
    isNew: false,
    sessionEndsAt: now + member.sessionTimeoutMs,
  }))
  return {
    ...written,
    phase: members.length > 0 ? 'Stable' : 'Empty',
    previousPhase: 'Dead',
    members: new Map(members.map((member) => [member.memberId, member])),
    pendingJoins: new Map(),
    pendingSyncs: new Set(),
    newMemberAdded: false,
    joinDeadline: null,
    syncDeadlineAt: null,
  }
}
