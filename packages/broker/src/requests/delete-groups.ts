import type { GroupCoordinator } from '../groups/group-coordinator.js'
import type { deleteGroupsRequest, deleteGroupsResponse } from '../protocol/messages/delete-groups.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof deleteGroupsRequest>
type Response = Encodable<typeof deleteGroupsResponse>

export function createDeleteGroupsHandler({
  groups,
}: {
  groups: Pick<GroupCoordinator, 'deleteGroup'>
}): RequestHandler<Request, Response> {
  return ({ groupsNames }) => ({
    throttleTimeMs: 0,
    // A group that is named twice is answered once.
    results: [...new Set(groupsNames)].map((groupId) => ({ groupId, errorCode: groups.deleteGroup(groupId) })),
  })
}
