// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const createAclsRequest = message({
  name: 'CreateAclsRequest',
  apiKey: 30,
  type: 'request',
  validVersions: [1, 1],
  flexibleVersions: 2,
  fields: {
    creations: {
      type: '[]struct',
      fields: {
        resourceType: { type: 'int8' },
        resourceName: { type: 'string' },
        resourcePatternType: { type: 'int8', default: 3 },
        principal: { type: 'string' },
        host: { type: 'string' },
        operation: { type: 'int8' },
        permissionType: { type: 'int8' },
      },
    },
  },
})

export const createAclsResponse = message({
  name: 'CreateAclsResponse',
  apiKey: 30,
  type: 'response',
  validVersions: [1, 1],
  flexibleVersions: 2,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    results: {
      type: '[]struct',
      fields: {
        errorCode: { type: 'int16' },
        errorMessage: { type: 'string', nullableVersions: '0+' },
      },
    },
  },
})
