// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const leaveGroupRequest = message({
  name: 'LeaveGroupRequest',
  apiKey: 13,
  type: 'request',
  validVersions: [0, 3],
  flexibleVersions: 4,
  fields: {
    groupId: { type: 'string' },
    memberId: { type: 'string', versions: '0-2' },
    members: {
      type: '[]struct',
      versions: '3+',
      fields: {
        memberId: { type: 'string' },
        groupInstanceId: { type: 'string', nullableVersions: '3+', default: null },
      },
    },
  },
})

export const leaveGroupResponse = message({
  name: 'LeaveGroupResponse',
  apiKey: 13,
  type: 'response',
  validVersions: [0, 3],
  flexibleVersions: 4,
  fields: {
    throttleTimeMs: { type: 'int32', versions: '1+', default: 0 },
    errorCode: { type: 'int16' },
    members: {
      type: '[]struct',
      versions: '3+',
      fields: {
        memberId: { type: 'string' },
        groupInstanceId: { type: 'string', nullableVersions: '3+' },
        errorCode: { type: 'int16' },
      },
    },
  },
})
