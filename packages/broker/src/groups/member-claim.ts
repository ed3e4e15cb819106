import { errorCode } from '../protocol/error-codes.js'
import type { MemberClaim } from './group-event.js'
import { type GroupState, staticMemberId } from './group-state.js'

/** Is the sender who it says it is? An instance name that another id stands for by now is fenced. */
export function checkClaim(group: Pick<GroupState, 'members'>, claim: MemberClaim): number {
  if (claim.groupInstanceId !== null) {
    const current = staticMemberId(group, claim.groupInstanceId)
    if (current === undefined) return errorCode.UNKNOWN_MEMBER_ID
    if (current !== claim.memberId) return errorCode.FENCED_INSTANCE_ID
  }
  return group.members.has(claim.memberId) ? errorCode.NONE : errorCode.UNKNOWN_MEMBER_ID
}
