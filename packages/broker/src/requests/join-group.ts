import type { GroupCoordinator } from '../groups/group-coordinator.js'
import type { JoinAnswer } from '../groups/group-event.js'
import type { joinGroupRequest, joinGroupResponse } from '../protocol/messages/join-group.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import { Parked, type RequestHandler } from './answer.js'

type Request = Decoded<typeof joinGroupRequest>
type Response = Encodable<typeof joinGroupResponse>

/** From this version on a member gets its id first and joins with the next request (KIP-394). */
const firstVersionWithKnownIds = 4

export function createJoinGroupHandler({
  groups,
}: {
  groups: Pick<GroupCoordinator, 'join'>
}): RequestHandler<Request, Response> {
  return (request, { apiVersion, clientId, clientHost }) => {
    const parked = new Parked<Response>()
    const { groupId, memberId, groupInstanceId, sessionTimeoutMs, protocolType } = request
    groups.join(
      {
        groupId,
        memberId,
        groupInstanceId,
        sessionTimeoutMs,
        // Version 0 knows no timeout of its own for rebalances.
        rebalanceTimeoutMs: apiVersion === 0 ? sessionTimeoutMs : request.rebalanceTimeoutMs,
        protocolType,
        // Copied: what is kept must not hold the whole frame.
        protocols: request.protocols.map(({ name, metadata }) => ({ name, metadata: Buffer.from(metadata) })),
        needsKnownId: apiVersion >= firstVersionWithKnownIds,
        clientId,
        clientHost,
      },
      (answer) => parked.resolve(responseOf(answer)),
    )
    return parked
  }
}

const responseOf = ({ errorCode, generation, protocolName, leaderId, memberId, members }: JoinAnswer): Response => ({
  errorCode,
  generationId: generation,
  protocolName,
  leader: leaderId,
  memberId,
  members,
})
