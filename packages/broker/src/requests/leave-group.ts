import type { GroupCoordinator } from '../groups/group-coordinator.js'
import { errorCode } from '../protocol/error-codes.js'
import type { leaveGroupRequest, leaveGroupResponse } from '../protocol/messages/leave-group.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof leaveGroupRequest>
type Response = Encodable<typeof leaveGroupResponse>

/** From this version on several members may leave at once, each with a code of its own (KIP-345). */
const firstVersionWithMembers = 3

export function createLeaveGroupHandler({
  groups,
}: {
  groups: Pick<GroupCoordinator, 'leave'>
}): RequestHandler<Request, Response> {
  return ({ groupId, memberId, members: named }, { apiVersion }) => {
    const members = apiVersion >= firstVersionWithMembers ? named : [{ memberId, groupInstanceId: null }]
    const verdict = groups.leave({ groupId, members })
    const codes = verdict.memberErrorCodes
    if (apiVersion < firstVersionWithMembers) {
      return { errorCode: verdict.errorCode === errorCode.NONE ? (codes[0] ?? errorCode.NONE) : verdict.errorCode }
    }
    const answers = codes.map((code, i) => ({
      memberId: members[i]?.memberId ?? '',
      groupInstanceId: members[i]?.groupInstanceId ?? null,
      errorCode: code,
    }))
    return { errorCode: verdict.errorCode, members: answers }
  }
}
