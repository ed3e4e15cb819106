import type { GroupCoordinator } from '../groups/group-coordinator.js'
import type { heartbeatRequest, heartbeatResponse } from '../protocol/messages/heartbeat.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof heartbeatRequest>
type Response = Encodable<typeof heartbeatResponse>

export function createHeartbeatHandler({
  groups,
}: {
  groups: Pick<GroupCoordinator, 'heartbeat'>
}): RequestHandler<Request, Response> {
  return ({ groupId, memberId, groupInstanceId, generationId: generation }) => ({
    errorCode: groups.heartbeat({ groupId, memberId, groupInstanceId, generation }),
  })
}
