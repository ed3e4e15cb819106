// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const listGroupsRequest = message({
  name: 'ListGroupsRequest',
  apiKey: 16,
  type: 'request',
  validVersions: [0, 2],
  flexibleVersions: 3,
  fields: {},
})

export const listGroupsResponse = message({
  name: 'ListGroupsResponse',
  apiKey: 16,
  type: 'response',
  validVersions: [0, 2],
  flexibleVersions: 3,
  fields: {
    throttleTimeMs: { type: 'int32', versions: '1+', default: 0 },
    errorCode: { type: 'int16' },
    groups: {
      type: '[]struct',
      fields: {
        groupId: { type: 'string' },
        protocolType: { type: 'string' },
      },
    },
  },
})
