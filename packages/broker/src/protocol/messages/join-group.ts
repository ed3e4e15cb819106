// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const joinGroupRequest = message({
  name: 'JoinGroupRequest',
  apiKey: 11,
  type: 'request',
  validVersions: [0, 5],
  flexibleVersions: 6,
  fields: {
    groupId: { type: 'string' },
    sessionTimeoutMs: { type: 'int32' },
    rebalanceTimeoutMs: { type: 'int32', versions: '1+', default: -1 },
    memberId: { type: 'string' },
    groupInstanceId: { type: 'string', versions: '5+', nullableVersions: '5+', default: null },
    protocolType: { type: 'string' },
    protocols: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        metadata: { type: 'bytes' },
      },
    },
  },
})

export const joinGroupResponse = message({
  name: 'JoinGroupResponse',
  apiKey: 11,
  type: 'response',
  validVersions: [0, 5],
  flexibleVersions: 6,
  fields: {
    throttleTimeMs: { type: 'int32', versions: '2+', default: 0 },
    errorCode: { type: 'int16' },
    generationId: { type: 'int32', default: -1 },
    protocolName: { type: 'string' },
    leader: { type: 'string' },
    memberId: { type: 'string' },
    members: {
      type: '[]struct',
      fields: {
        memberId: { type: 'string' },
        groupInstanceId: { type: 'string', versions: '5+', nullableVersions: '5+', default: null },
        metadata: { type: 'bytes' },
      },
    },
  },
})
