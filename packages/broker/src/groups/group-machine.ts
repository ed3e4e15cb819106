/**
 * The classic group, as Kafka's ClassicGroup and GroupMetadataManager have it.
 *
 * Empty: nobody is in it; it may keep offsets, also of consumers that never joined. The first member to join makes it
 * PreparingRebalance: members come to the barrier and wait. Out of Empty the barrier opens after the initial delay, which is extended
 * while members keep coming; later on it opens when everybody has joined again, when the sessions of the silent have ended, or at
 * the rebalance timeout, which puts out the dynamic members that are missing. An id that was given out and not used holds it as well.
 * With that a generation begins, CompletingRebalance: all are told of it, the leader also of the members, and wait for its assignment,
 * at most for the rebalance timeout again. The leader's sync makes the group Stable. A member that comes, goes, falls silent or
 * changes what it speaks, and a leader that joins again, all lead back to PreparingRebalance; with the last member gone the next
 * generation is an Empty one.
 *
 * Pure: no clock, no input or output. The runtime beside it owns timers, parked answers and effects.
 */
import { draftOf, finished, type GroupDraft } from './group-draft.js'
import type { GroupEffect, GroupEvent } from './group-event.js'
import type { GroupRules, GroupState } from './group-state.js'
import { join } from './join.js'
import { commit, expire, expireSyncs, heartbeat, leave } from './membership.js'
import { completeJoin, endInitialDelay, startRebalance } from './rebalance.js'
import { sync } from './sync.js'

export interface GroupTransition {
  readonly state: GroupState
  readonly effects: readonly GroupEffect[]
}

export function applyToGroup(state: GroupState, event: GroupEvent, now: number, rules: GroupRules): GroupTransition {
  const group = draftOf(state, now, rules)
  handle(group, event)
  return finished(group)
}

/** When something will be due, Infinity if nothing will. */
export function nextDeadline(group: GroupState | GroupDraft): number {
  let next = Math.min(group.joinDeadline?.at ?? Infinity, group.syncDeadlineAt ?? Infinity)
  for (const member of group.members.values()) next = Math.min(next, member.sessionEndsAt)
  for (const lapsesAt of group.pendingJoins.values()) next = Math.min(next, lapsesAt)
  return next
}

function handle(group: GroupDraft, event: GroupEvent): void {
  switch (event.kind) {
    case 'join':
      return join(group, event)
    case 'sync':
      return sync(group, event)
    case 'heartbeat':
      return heartbeat(group, event)
    case 'leave':
      return leave(group, event)
    case 'commit':
      return commit(group, event)
    case 'time':
      return passTime(group)
    case 'rebalance':
      return group.phase === 'Empty' || group.phase === 'PreparingRebalance' ? undefined : startRebalance(group)
    case 'expire':
      return expire(group, event.memberId)
  }
}

/** What is due, the earliest first. Deadlines that this sets anew wait for the next time. */
function passTime(group: GroupDraft): void {
  const due = dueAt(group).sort((a, b) => a.at - b.at)
  for (const { run } of due) run()
}

function dueAt(group: GroupDraft): { at: number; run: () => void }[] {
  const { now, joinDeadline, syncDeadlineAt } = group
  const due: { at: number; run: () => void }[] = []
  for (const { memberId, sessionEndsAt } of group.members.values()) {
    if (sessionEndsAt <= now) due.push({ at: sessionEndsAt, run: () => endSession(group, memberId) })
  }
  for (const [memberId, lapsesAt] of group.pendingJoins) {
    if (lapsesAt <= now) due.push({ at: lapsesAt, run: () => endSession(group, memberId) })
  }
  if (joinDeadline !== null && joinDeadline.at <= now) {
    due.push({ at: joinDeadline.at, run: () => group.joinDeadline === joinDeadline && endJoinPhase(group) })
  }
  if (syncDeadlineAt !== null && syncDeadlineAt <= now) {
    due.push({ at: syncDeadlineAt, run: () => group.syncDeadlineAt === syncDeadlineAt && expireSyncs(group) })
  }
  return due
}

function endJoinPhase(group: GroupDraft): void {
  const deadline = group.joinDeadline
  if (deadline?.kind === 'initial') endInitialDelay(group, deadline.delayMs, deadline.remainingMs)
  else completeJoin(group)
}

/** Who waits for an answer has shown that it lives, unless it is new: then it waits for at most five minutes. */
function endSession(group: GroupDraft, memberId: string): void {
  const member = group.members.get(memberId)
  if (member !== undefined && member.sessionEndsAt > group.now) return
  const isWaiting = member !== undefined && (member.joinRequest !== null || member.syncRequest !== null)
  if (member !== undefined && isWaiting && !member.isNew)
    group.members.set(memberId, { ...member, sessionEndsAt: Infinity })
  else expire(group, memberId)
}
