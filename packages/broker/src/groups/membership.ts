import { errorCode } from '../protocol/error-codes.js'
import {
  answerJoin,
  answerSync,
  type GroupDraft,
  hasAllJoined,
  judge,
  noAssignment,
  remove,
  renewSession,
} from './group-draft.js'
import { type CommitEvent, type HeartbeatEvent, type LeaveEvent, type MemberClaim, refusedJoin } from './group-event.js'
import { type Member, staticMemberId } from './group-state.js'
import { checkClaim } from './member-claim.js'
import { completeJoin, rebalanceOrCompleteJoin, startRebalance } from './rebalance.js'

/** Tells a member that it has to join again; between join and sync it is left in peace. */
export function heartbeat(group: GroupDraft, event: HeartbeatEvent): void {
  const code = checkClaim(group, event)
  const member = group.members.get(event.memberId)
  if (code !== errorCode.NONE || member === undefined) return judge(group, code)
  if (event.generation !== group.generation) return judge(group, errorCode.ILLEGAL_GENERATION)
  renewSession(group, member)
  judge(group, group.phase === 'PreparingRebalance' ? errorCode.REBALANCE_IN_PROGRESS : errorCode.NONE)
}

/** Whether offsets may be committed. Kafka accepts them while members are joining and refuses them between join and sync. */
export function commit(group: GroupDraft, event: CommitEvent): void {
  const code = commitRefusal(group, event)
  const member = group.members.get(event.memberId)
  const isSignOfLife = !event.isTransactional && (group.phase === 'Stable' || group.phase === 'PreparingRebalance')
  if (code === errorCode.NONE && member !== undefined && isSignOfLife) renewSession(group, member)
  judge(group, code)
}

function commitRefusal(group: GroupDraft, event: CommitEvent): number {
  if (event.generation < 0 && group.phase === 'Empty') return errorCode.NONE
  if (event.generation >= 0 || event.memberId !== '' || event.groupInstanceId !== null) {
    const code = checkClaim(group, event)
    if (code !== errorCode.NONE) return code
    if (event.generation !== group.generation) return errorCode.ILLEGAL_GENERATION
  } else if (!event.isTransactional && group.phase !== 'Empty') {
    return errorCode.UNKNOWN_MEMBER_ID
  }
  const isBetweenJoinAndSync = group.phase === 'CompletingRebalance'
  return isBetweenJoinAndSync && !event.isTransactional ? errorCode.REBALANCE_IN_PROGRESS : errorCode.NONE
}

export function leave(group: GroupDraft, event: LeaveEvent): void {
  const codes = event.members.map((claim) => leaveOne(group, claim))
  judge(group, ...codes)
  if (!codes.includes(errorCode.NONE) || group.phase === 'Empty') return
  rebalanceOrCompleteJoin(group)
}

function leaveOne(group: GroupDraft, claim: MemberClaim): number {
  if (group.pendingJoins.has(claim.memberId)) {
    remove(group, claim.memberId)
    return errorCode.NONE
  }
  // An administrator removes static members by their instance name alone.
  const byName = claim.memberId === '' && claim.groupInstanceId !== null
  const memberId = byName ? staticMemberId(group, claim.groupInstanceId) : claim.memberId
  const code = checkClaim(group, { memberId: memberId ?? '', groupInstanceId: claim.groupInstanceId })
  const member = memberId === undefined ? undefined : group.members.get(memberId)
  if (code !== errorCode.NONE || member === undefined)
    return code === errorCode.NONE ? errorCode.UNKNOWN_MEMBER_ID : code
  takeOut(group, member, 'member-left')
  return errorCode.NONE
}

/** Nobody waits on for a member that is gone: both its requests are answered. */
function takeOut(group: GroupDraft, member: Member, how: 'member-left' | 'member-expired'): void {
  const unjoined = answerJoin(group, member, refusedJoin('', errorCode.UNKNOWN_MEMBER_ID))
  answerSync(group, unjoined, { errorCode: errorCode.UNKNOWN_MEMBER_ID, assignment: noAssignment })
  remove(group, member.memberId)
  group.effects.push({ kind: how, memberId: member.memberId })
}

/** A session is over, or an id was never used. */
export function expire(group: GroupDraft, memberId: string): void {
  const member = group.members.get(memberId)
  if (member === undefined && !group.pendingJoins.has(memberId)) return
  if (member === undefined) remove(group, memberId)
  else takeOut(group, member, 'member-expired')

  if (group.phase === 'PreparingRebalance') {
    // Kafka cuts an initial delay short here.
    if (hasAllJoined(group)) completeJoin(group)
  } else if (member !== undefined && group.phase !== 'Empty') {
    rebalanceOrCompleteJoin(group)
  }
}

/** The leader or a follower took its place in the generation and never asked for its assignment. */
export function expireSyncs(group: GroupDraft): void {
  group.syncDeadlineAt = null
  if (group.pendingSyncs.size === 0 || group.phase === 'Empty' || group.phase === 'PreparingRebalance') return
  for (const memberId of [...group.pendingSyncs]) {
    const member = group.members.get(memberId)
    if (member !== undefined) takeOut(group, member, 'member-expired')
  }
  startRebalance(group)
}
