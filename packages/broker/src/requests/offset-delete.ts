import type { GroupCoordinator } from '../groups/group-coordinator.js'
import type { offsetDeleteRequest, offsetDeleteResponse } from '../protocol/messages/offset-delete.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof offsetDeleteRequest>
type Response = Encodable<typeof offsetDeleteResponse>

export function createOffsetDeleteHandler({
  groups,
}: {
  groups: Pick<GroupCoordinator, 'deleteOffsets'>
}): RequestHandler<Request, Response> {
  return (request) => ({ throttleTimeMs: 0, ...groups.deleteOffsets(request) })
}
