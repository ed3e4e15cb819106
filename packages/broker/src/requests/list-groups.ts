import type { GroupCoordinator } from '../groups/group-coordinator.js'
import { errorCode } from '../protocol/error-codes.js'
import type { listGroupsRequest, listGroupsResponse } from '../protocol/messages/list-groups.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof listGroupsRequest>
type Response = Encodable<typeof listGroupsResponse>

export function createListGroupsHandler({
  groups,
}: {
  groups: Pick<GroupCoordinator, 'list'>
}): RequestHandler<Request, Response> {
  return () => ({
    errorCode: errorCode.NONE,
    groups: groups.list().map(({ groupId, protocolType }) => ({ groupId, protocolType: protocolType ?? '' })),
  })
}
