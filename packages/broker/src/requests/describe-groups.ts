import type { GroupCoordinator } from '../groups/group-coordinator.js'
import type { GroupView } from '../groups/group-view.js'
import { errorCode } from '../protocol/error-codes.js'
import type { describeGroupsRequest, describeGroupsResponse } from '../protocol/messages/describe-groups.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof describeGroupsRequest>
type Response = Encodable<typeof describeGroupsResponse>
type DescribedGroup = Response['groups'][number]

/** From this version on an unknown group is an error; before, it is merely dead (KIP-1043). */
const firstVersionWithUnknown = 6
/** Without an authorizer: read, delete, describe, describe configs, alter configs; one bit for each of Kafka's operations. */
const allOperations = (1 << 3) | (1 << 6) | (1 << 8) | (1 << 10) | (1 << 11)

export function createDescribeGroupsHandler({
  groups,
}: {
  groups: Pick<GroupCoordinator, 'describe'>
}): RequestHandler<Request, Response> {
  return (request, { apiVersion }) => ({
    groups: request.groups.map((groupId) => {
      const view = groups.describe(groupId)
      const described = view === undefined ? deadGroup(groupId, apiVersion) : describedGroup(view)
      const isAsked = request.includeAuthorizedOperations && described.errorCode === errorCode.NONE
      return isAsked ? { ...described, authorizedOperations: allOperations } : described
    }),
  })
}

function deadGroup(groupId: string, apiVersion: number): DescribedGroup {
  const dead = { groupId, groupState: 'Dead', protocolType: '', protocolData: '', members: [] }
  if (apiVersion < firstVersionWithUnknown) return { ...dead, errorCode: errorCode.NONE }
  return { ...dead, errorCode: errorCode.GROUP_ID_NOT_FOUND, errorMessage: `Group ${groupId} not found.` }
}

function describedGroup({ groupId, state, protocolType, protocolName, members }: GroupView): DescribedGroup {
  return {
    errorCode: errorCode.NONE,
    groupId,
    groupState: state,
    protocolType: protocolType ?? '',
    // Kafka shows protocol and metadata of a stable group only.
    protocolData: state === 'Stable' ? (protocolName ?? '') : '',
    members: members.map(({ memberId, groupInstanceId, clientId, clientHost, metadata, assignment }) => ({
      memberId,
      groupInstanceId,
      clientId,
      clientHost,
      memberMetadata: metadata,
      memberAssignment: assignment,
    })),
  }
}
