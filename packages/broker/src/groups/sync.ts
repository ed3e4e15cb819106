import { errorCode } from '../protocol/error-codes.js'
import { answerSync, enter, type GroupDraft, noAssignment, update } from './group-draft.js'
import type { SyncEvent } from './group-event.js'
import type { Member } from './group-state.js'
import { checkClaim } from './member-claim.js'
import { answerSyncs } from './rebalance.js'

/** Followers wait for the leader's assignment; once it is there, whoever asks gets its own. */
export function sync(group: GroupDraft, event: SyncEvent): void {
  const member = group.members.get(event.memberId)
  const code = refusal(group, event)
  if (code !== errorCode.NONE || member === undefined) {
    answer(group, event, code === errorCode.NONE ? errorCode.UNKNOWN_MEMBER_ID : code, noAssignment)
    return
  }
  group.pendingSyncs.delete(member.memberId)
  if (group.pendingSyncs.size === 0) group.syncDeadlineAt = null

  if (group.phase === 'Stable') answer(group, event, errorCode.NONE, member.assignment)
  else waitForLeader(group, member, event)
}

function refusal(group: GroupDraft, event: SyncEvent): number {
  if (group.phase === 'Empty') return errorCode.UNKNOWN_MEMBER_ID
  const code = checkClaim(group, event)
  if (code !== errorCode.NONE) return code
  if (event.generation !== group.generation) return errorCode.ILLEGAL_GENERATION
  return group.phase === 'PreparingRebalance' ? errorCode.REBALANCE_IN_PROGRESS : errorCode.NONE
}

function waitForLeader(group: GroupDraft, member: Member, event: SyncEvent): void {
  // A request that the member already waits with belongs to a client that has given it up.
  const free = answerSync(group, member, { errorCode: errorCode.REBALANCE_IN_PROGRESS, assignment: noAssignment })
  update(group, free, { syncRequest: event.request })
  if (group.leaderId !== member.memberId) return

  const assigned = new Map(event.assignments.map(({ memberId, assignment }) => [memberId, assignment]))
  for (const one of [...group.members.values()]) {
    update(group, one, { assignment: assigned.get(one.memberId) ?? noAssignment })
  }
  answerSyncs(group, errorCode.NONE)
  enter(group, 'Stable')
  group.effects.push({ kind: 'persist' })
}

function answer(group: GroupDraft, event: SyncEvent, code: number, assignment: Buffer): void {
  group.effects.push({ kind: 'answer-sync', request: event.request, answer: { errorCode: code, assignment } })
}
