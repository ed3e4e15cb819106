import type { GroupCoordinator } from '../groups/group-coordinator.js'
import type { offsetCommitRequest, offsetCommitResponse } from '../protocol/messages/offset-commit.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof offsetCommitRequest>
type Response = Encodable<typeof offsetCommitResponse>

export function createOffsetCommitHandler({
  groups,
}: {
  groups: Pick<GroupCoordinator, 'commitOffsets'>
}): RequestHandler<Request, Response> {
  return ({ generationIdOrMemberEpoch: generationId, ...request }) => ({
    topics: groups.commitOffsets({ ...request, generationId }),
  })
}
