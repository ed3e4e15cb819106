// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const syncGroupRequest = message({
  name: 'SyncGroupRequest',
  apiKey: 14,
  type: 'request',
  validVersions: [0, 3],
  flexibleVersions: 4,
  fields: {
    groupId: { type: 'string' },
    generationId: { type: 'int32' },
    memberId: { type: 'string' },
    groupInstanceId: { type: 'string', versions: '3+', nullableVersions: '3+', default: null },
    assignments: {
      type: '[]struct',
      fields: {
        memberId: { type: 'string' },
        assignment: { type: 'bytes' },
      },
    },
  },
})

export const syncGroupResponse = message({
  name: 'SyncGroupResponse',
  apiKey: 14,
  type: 'response',
  validVersions: [0, 3],
  flexibleVersions: 4,
  fields: {
    throttleTimeMs: { type: 'int32', versions: '1+', default: 0 },
    errorCode: { type: 'int16' },
    assignment: { type: 'bytes' },
  },
})
