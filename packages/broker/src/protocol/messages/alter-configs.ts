// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const alterConfigsRequest = message({
  name: 'AlterConfigsRequest',
  apiKey: 33,
  type: 'request',
  validVersions: [0, 1],
  flexibleVersions: 2,
  fields: {
    resources: {
      type: '[]struct',
      fields: {
        resourceType: { type: 'int8' },
        resourceName: { type: 'string' },
        configs: {
          type: '[]struct',
          fields: {
            name: { type: 'string' },
            value: { type: 'string', nullableVersions: '0+' },
          },
        },
      },
    },
    validateOnly: { type: 'bool' },
  },
})

export const alterConfigsResponse = message({
  name: 'AlterConfigsResponse',
  apiKey: 33,
  type: 'response',
  validVersions: [0, 1],
  flexibleVersions: 2,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    responses: {
      type: '[]struct',
      fields: {
        errorCode: { type: 'int16' },
        errorMessage: { type: 'string', nullableVersions: '0+' },
        resourceType: { type: 'int8' },
        resourceName: { type: 'string' },
      },
    },
  },
})
