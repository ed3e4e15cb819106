// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const deleteGroupsRequest = message({
  name: 'DeleteGroupsRequest',
  apiKey: 42,
  type: 'request',
  validVersions: [0, 1],
  flexibleVersions: 2,
  fields: {
    groupsNames: { type: '[]string' },
  },
})

export const deleteGroupsResponse = message({
  name: 'DeleteGroupsResponse',
  apiKey: 42,
  type: 'response',
  validVersions: [0, 1],
  flexibleVersions: 2,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    results: {
      type: '[]struct',
      fields: {
        groupId: { type: 'string' },
        errorCode: { type: 'int16' },
      },
    },
  },
})
