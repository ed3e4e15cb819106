import type { GroupCoordinator } from '../groups/group-coordinator.js'
import { errorCode } from '../protocol/error-codes.js'
import type { listGroupsRequest, listGroupsResponse } from '../protocol/messages/list-groups.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof listGroupsRequest>
type Response = Encodable<typeof listGroupsResponse>

/** Kafka's name for groups of the protocol that clients assign by themselves (KIP-848), of which all groups here are. */
const classic = 'classic'

export function createListGroupsHandler({
  groups,
}: {
  groups: Pick<GroupCoordinator, 'list'>
}): RequestHandler<Request, Response> {
  return ({ statesFilter, typesFilter }) => ({
    errorCode: errorCode.NONE,
    groups: groups
      .list()
      .filter(({ state }) => isWanted(statesFilter, state) && isWanted(typesFilter, classic))
      .map(({ groupId, protocolType, state }) => ({
        groupId,
        protocolType: protocolType ?? '',
        groupState: state,
        groupType: classic,
      })),
  })
}

/** No filter wants everything; upper and lower case are the same (KIP-518). */
const isWanted = (filter: readonly string[], name: string): boolean =>
  filter.length === 0 || filter.some((each) => each.toLowerCase() === name.toLowerCase())
