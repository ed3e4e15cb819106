import type { GroupCoordinator } from '../groups/group-coordinator.js'
import { errorCode } from '../protocol/error-codes.js'
import type { offsetFetchRequest, offsetFetchResponse } from '../protocol/messages/offset-fetch.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof offsetFetchRequest>
type Response = Encodable<typeof offsetFetchResponse>

export function createOffsetFetchHandler({
  groups,
}: {
  groups: Pick<GroupCoordinator, 'fetchOffsets'>
}): RequestHandler<Request, Response> {
  return ({ groupId, topics, requireStable }) => ({
    topics: groups.fetchOffsets(groupId, topics, requireStable),
    errorCode: errorCode.NONE,
  })
}
