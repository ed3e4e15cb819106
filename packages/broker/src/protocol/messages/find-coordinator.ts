// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const findCoordinatorRequest = message({
  name: 'FindCoordinatorRequest',
  apiKey: 10,
  type: 'request',
  validVersions: [0, 2],
  flexibleVersions: 3,
  fields: {
    key: { type: 'string' },
    keyType: { type: 'int8', versions: '1+', default: 0 },
  },
})

export const findCoordinatorResponse = message({
  name: 'FindCoordinatorResponse',
  apiKey: 10,
  type: 'response',
  validVersions: [0, 2],
  flexibleVersions: 3,
  fields: {
    throttleTimeMs: { type: 'int32', versions: '1+', default: 0 },
    errorCode: { type: 'int16' },
    errorMessage: { type: 'string', versions: '1-3', nullableVersions: '1-3' },
    nodeId: { type: 'int32' },
    host: { type: 'string' },
    port: { type: 'int32' },
  },
})
