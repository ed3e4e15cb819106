// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const describeGroupsRequest = message({
  name: 'DescribeGroupsRequest',
  apiKey: 15,
  type: 'request',
  validVersions: [0, 6],
  flexibleVersions: 5,
  fields: {
    groups: { type: '[]string' },
    includeAuthorizedOperations: { type: 'bool', versions: '3+' },
  },
})

export const describeGroupsResponse = message({
  name: 'DescribeGroupsResponse',
  apiKey: 15,
  type: 'response',
  validVersions: [0, 6],
  flexibleVersions: 5,
  fields: {
    throttleTimeMs: { type: 'int32', versions: '1+', default: 0 },
    groups: {
      type: '[]struct',
      fields: {
        errorCode: { type: 'int16' },
        errorMessage: { type: 'string', versions: '6+', nullableVersions: '6+', default: null },
        groupId: { type: 'string' },
        groupState: { type: 'string' },
        protocolType: { type: 'string' },
        protocolData: { type: 'string' },
        members: {
          type: '[]struct',
          fields: {
            memberId: { type: 'string' },
            groupInstanceId: { type: 'string', versions: '4+', nullableVersions: '4+', default: null },
            clientId: { type: 'string' },
            clientHost: { type: 'string' },
            memberMetadata: { type: 'bytes' },
            memberAssignment: { type: 'bytes' },
          },
        },
        authorizedOperations: { type: 'int32', versions: '3+', default: -2147483648 },
      },
    },
  },
})
