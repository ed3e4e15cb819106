import type { GroupCoordinator } from '../groups/group-coordinator.js'
import type { syncGroupRequest, syncGroupResponse } from '../protocol/messages/sync-group.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import { Parked, type RequestHandler } from './answer.js'

type Request = Decoded<typeof syncGroupRequest>
type Response = Encodable<typeof syncGroupResponse>

export function createSyncGroupHandler({
  groups,
}: {
  groups: Pick<GroupCoordinator, 'sync'>
}): RequestHandler<Request, Response> {
  return ({ groupId, memberId, groupInstanceId, generationId: generation, assignments }) => {
    const parked = new Parked<Response>()
    // Copied: what is kept must not hold the whole frame.
    const kept = assignments.map((one) => ({ memberId: one.memberId, assignment: Buffer.from(one.assignment) }))
    groups.sync({ groupId, memberId, groupInstanceId, generation, assignments: kept }, (answer) =>
      parked.resolve(answer),
    )
    return parked
  }
}
