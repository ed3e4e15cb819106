import { errorCode } from '../protocol/error-codes.js'
import {
  answerJoin,
  answerSync,
  enter,
  type GroupDraft,
  hasAllJoined,
  noAssignment,
  rebalanceTimeoutMsOf,
  remove,
  renewSession,
  update,
} from './group-draft.js'
import type { JoinAnswer } from './group-event.js'
import type { Member } from './group-state.js'
import { selectProtocol } from './protocol-vote.js'
import { subscribedTopicsOf } from './subscribed-topics.js'

/** After a change of the membership: a new rebalance, or perhaps the end of the one that is on. */
export function rebalanceOrCompleteJoin(group: GroupDraft): void {
  if (group.phase === 'PreparingRebalance') completeJoinIfAllAreThere(group)
  else startRebalance(group)
}

/** Asks all members to join again. A group that was empty waits a moment for more members instead of for all it knows. */
export function startRebalance(group: GroupDraft): void {
  if (group.phase === 'CompletingRebalance') {
    for (const member of group.members.values()) update(group, member, { assignment: noAssignment })
    answerSyncs(group, errorCode.REBALANCE_IN_PROGRESS)
  }
  group.pendingSyncs.clear()
  group.syncDeadlineAt = null

  const isInitial = group.phase === 'Empty'
  enter(group, 'PreparingRebalance')
  if (isInitial) {
    const delayMs = group.rules.initialRebalanceDelayMs
    const remainingMs = Math.max(rebalanceTimeoutMsOf(group) - delayMs, 0)
    group.joinDeadline = { kind: 'initial', at: group.now + delayMs, delayMs, remainingMs }
  } else if (hasAllJoined(group)) {
    completeJoin(group)
  } else {
    group.joinDeadline = { kind: 'rebalance', at: group.now + rebalanceTimeoutMsOf(group) }
  }
}

/** The initial delay is served to its end, however many are there. */
export function completeJoinIfAllAreThere(group: GroupDraft): void {
  if (group.phase === 'PreparingRebalance' && group.previousPhase !== 'Empty' && hasAllJoined(group))
    completeJoin(group)
}

/** The end of an initial delay: once more if somebody came in the meantime, as far as the rebalance timeout reaches. */
export function endInitialDelay(group: GroupDraft, delayMs: number, remainingMs: number): void {
  if (!group.newMemberAdded || remainingMs === 0) {
    completeJoin(group)
    return
  }
  group.newMemberAdded = false
  const nextMs = Math.min(group.rules.initialRebalanceDelayMs, remainingMs)
  const leftMs = Math.max(remainingMs - delayMs, 0)
  group.joinDeadline = { kind: 'initial', at: group.now + nextMs, delayMs: nextMs, remainingMs: leftMs }
}

/** The join phase ends: dynamic members that are missing are out, static ones stay; the next generation begins. */
export function completeJoin(group: GroupDraft): void {
  group.joinDeadline = null
  for (const member of [...group.members.values()]) {
    if (member.joinRequest === null && member.groupInstanceId === null) drop(group, member)
  }
  if (!electLeader(group) && group.members.size > 0) {
    // Only static members, and none of them here: wait on, until their sessions end. At least 1 ms, so that time can pass.
    group.joinDeadline = { kind: 'rebalance', at: group.now + Math.max(1, rebalanceTimeoutMsOf(group)) }
    return
  }

  group.generation += 1
  group.protocolName = group.members.size > 0 ? selectProtocol(group.members) : null
  group.subscribedTopics = subscribedTopicsOf(group)
  enter(group, group.members.size > 0 ? 'CompletingRebalance' : 'Empty')
  group.pendingSyncs.clear()
  if (group.phase === 'Empty') {
    group.effects.push({ kind: 'persist' })
    return
  }
  for (const member of [...group.members.values()]) {
    const answered = answerJoin(group, member, generationFor(group, member))
    renewSession(group, update(group, answered, { isNew: false }))
    group.pendingSyncs.add(member.memberId)
  }
  group.syncDeadlineAt = group.now + rebalanceTimeoutMsOf(group)
}

function drop(group: GroupDraft, member: Member): void {
  remove(group, member.memberId)
  group.effects.push({ kind: 'member-expired', memberId: member.memberId })
}

/** The leader stays if it has joined; else one that has. False: nobody has. */
function electLeader(group: GroupDraft): boolean {
  const leader = group.leaderId === null ? undefined : group.members.get(group.leaderId)
  if (leader === undefined) return false
  if (leader.joinRequest !== null) return true
  for (const member of group.members.values()) {
    if (member.joinRequest === null) continue
    group.leaderId = member.memberId
    return true
  }
  return false
}

/** What a member of the present generation is told when it joins. */
export function generationFor(group: GroupDraft, member: Member): JoinAnswer {
  return {
    errorCode: errorCode.NONE,
    memberId: member.memberId,
    generation: group.generation,
    protocolName: group.protocolName ?? '',
    leaderId: group.leaderId ?? '',
    members: group.leaderId === member.memberId ? membersForLeader(group) : [],
  }
}

function membersForLeader(group: GroupDraft): JoinAnswer['members'] {
  return [...group.members.values()].map(({ memberId, groupInstanceId, protocols }) => ({
    memberId,
    groupInstanceId,
    metadata: protocols.find(({ name }) => name === group.protocolName)?.metadata ?? noAssignment,
  }))
}

/** Answers everybody that waits with a sync; their sessions begin anew. */
export function answerSyncs(group: GroupDraft, code: number): void {
  for (const member of [...group.members.values()]) {
    if (member.syncRequest === null) continue
    renewSession(group, answerSync(group, member, { errorCode: code, assignment: member.assignment }))
  }
}
