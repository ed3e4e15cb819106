import { errorCode } from '../protocol/error-codes.js'
import { answerJoin, answerSync, type GroupDraft, noAssignment, remove, renewSession, update } from './group-draft.js'
import { type JoinEvent, refusedJoin } from './group-event.js'
import { type Member, type MemberProtocol, newMemberJoinTimeoutMs, staticMemberId } from './group-state.js'
import { checkClaim } from './member-claim.js'
import { selectProtocol, supportsProtocols } from './protocol-vote.js'
import { completeJoinIfAllAreThere, generationFor, rebalanceOrCompleteJoin, startRebalance } from './rebalance.js'

export function join(group: GroupDraft, event: JoinEvent): void {
  if (!hasRoomFor(group, event.memberId)) {
    remove(group, event.memberId)
    refuse(group, event, errorCode.GROUP_MAX_SIZE_REACHED, '')
  } else if (!supportsProtocols(group, event.protocolType, event.protocols)) {
    refuse(group, event, errorCode.INCONSISTENT_GROUP_PROTOCOL, event.memberId)
  } else if (event.memberId === '') {
    joinNew(group, event)
  } else if (!group.pendingJoins.has(event.memberId)) {
    rejoin(group, event)
  } else if (event.groupInstanceId !== null) {
    // Ids are given out to dynamic members only: Kafka fails with an internal error.
    refuse(group, event, errorCode.UNKNOWN_SERVER_ERROR, '')
  } else {
    addMember(group, event, event.memberId)
  }
}

/** While members join, those that wait count, so that the last to come are the ones left out; afterwards all members count. */
function hasRoomFor(group: GroupDraft, memberId: string): boolean {
  const known = group.members.get(memberId)
  switch (group.phase) {
    case 'Empty':
      return true
    case 'PreparingRebalance': {
      const waiting = [...group.members.values()].filter((member) => member.joinRequest !== null).length
      return (known !== undefined && known.joinRequest !== null) || waiting < group.rules.maxGroupSize
    }
    case 'CompletingRebalance':
    case 'Stable':
      return known !== undefined || group.members.size < group.rules.maxGroupSize
  }
}

function joinNew(group: GroupDraft, event: JoinEvent): void {
  if (event.groupInstanceId !== null) {
    const present = staticMemberId(group, event.groupInstanceId)
    if (present === undefined) addMember(group, event, event.newMemberId)
    else replaceStaticMember(group, event, present)
  } else if (event.needsKnownId) {
    group.pendingJoins.set(event.newMemberId, group.now + event.sessionTimeoutMs)
    refuse(group, event, errorCode.MEMBER_ID_REQUIRED, event.newMemberId)
  } else {
    addMember(group, event, event.newMemberId)
  }
}

function addMember(group: GroupDraft, event: JoinEvent, memberId: string): void {
  if (group.phase === 'PreparingRebalance' && group.previousPhase === 'Empty') group.newMemberAdded = true
  if (group.members.size === 0) group.protocolType = event.protocolType
  group.leaderId ??= memberId
  group.pendingJoins.delete(memberId)
  group.members.set(memberId, {
    memberId,
    groupInstanceId: event.groupInstanceId,
    clientId: event.clientId,
    clientHost: event.clientHost,
    sessionTimeoutMs: event.sessionTimeoutMs,
    rebalanceTimeoutMs: event.rebalanceTimeoutMs,
    protocols: event.protocols,
    assignment: noAssignment,
    joinRequest: event.request,
    syncRequest: null,
    isNew: true,
    sessionEndsAt: group.now + newMemberJoinTimeoutMs,
  })
  group.effects.push({ kind: 'member-joined', memberId })
  rebalanceOrCompleteJoin(group)
}

/** A member that has its id joins again. */
function rejoin(group: GroupDraft, event: JoinEvent): void {
  const code = checkClaim(group, event)
  const member = group.members.get(event.memberId)
  if (code !== errorCode.NONE || member === undefined || group.phase === 'Empty') {
    refuse(group, event, code === errorCode.NONE ? errorCode.UNKNOWN_MEMBER_ID : code, event.memberId)
    return
  }
  const isSame = speaksAsBefore(member, event.protocols)
  const isUpToDate =
    (group.phase === 'CompletingRebalance' && isSame) ||
    (group.phase === 'Stable' && isSame && group.leaderId !== member.memberId)
  if (isUpToDate) {
    // Its answer may have been lost, and nothing has changed: the present generation once more. A leader in Stable means more by it.
    const answer = generationFor(group, member)
    group.effects.push({ kind: 'answer-join', request: event.request, answer })
    return
  }
  waitAtBarrier(group, member, event)
  rebalanceOrCompleteJoin(group)
}

/** A request that the member already waits with belongs to a client that has given it up. */
function waitAtBarrier(group: GroupDraft, member: Member, event: JoinEvent): Member {
  const free = answerJoin(group, member, refusedJoin(member.memberId, errorCode.REBALANCE_IN_PROGRESS))
  return update(group, free, {
    protocols: event.protocols,
    rebalanceTimeoutMs: event.rebalanceTimeoutMs,
    sessionTimeoutMs: event.sessionTimeoutMs,
    joinRequest: event.request,
  })
}

/**
 * A static member is back without its id (KIP-345): it takes the place of its former self, whose requests are fenced. In a stable
 * group whose protocol stays the same nothing else happens.
 */
function replaceStaticMember(group: GroupDraft, event: JoinEvent, formerId: string): void {
  const formerLeaderId = group.leaderId
  const member = waitAtBarrier(group, renewSession(group, takePlace(group, formerId, event.newMemberId)), event)
  if (group.phase === 'CompletingRebalance') {
    // The leader may be assigning to the former id already.
    startRebalance(group)
  } else if (group.phase === 'PreparingRebalance') {
    completeJoinIfAllAreThere(group)
  } else if (selectProtocol(group.members) !== group.protocolName) {
    startRebalance(group)
  } else {
    group.effects.push({ kind: 'persist' })
    // Below version 9 a leader that returns is told of its former self as leader, so that it does not assign again.
    answerJoin(group, member, { ...generationFor(group, member), members: [], leaderId: formerLeaderId ?? '' })
  }
}

function takePlace(group: GroupDraft, formerId: string, memberId: string): Member {
  const former = group.members.get(formerId)
  if (former === undefined) throw new Error(`no member ${formerId} in group ${group.groupId}`)
  const unjoined = answerJoin(group, former, refusedJoin(formerId, errorCode.FENCED_INSTANCE_ID))
  const idle = answerSync(group, unjoined, { errorCode: errorCode.FENCED_INSTANCE_ID, assignment: noAssignment })
  group.members.delete(formerId)
  if (group.leaderId === formerId) group.leaderId = memberId
  return update(group, idle, { memberId, isNew: false })
}

function speaksAsBefore(member: Member, protocols: readonly MemberProtocol[]): boolean {
  return (
    member.protocols.length === protocols.length &&
    member.protocols.every((before, i) => {
      const after = protocols[i]
      return after !== undefined && before.name === after.name && before.metadata.equals(after.metadata)
    })
  )
}

function refuse(group: GroupDraft, event: JoinEvent, code: number, memberId: string): void {
  group.effects.push({ kind: 'answer-join', request: event.request, answer: refusedJoin(memberId, code) })
}
