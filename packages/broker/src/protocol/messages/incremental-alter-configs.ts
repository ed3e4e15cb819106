// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const incrementalAlterConfigsRequest = message({
  name: 'IncrementalAlterConfigsRequest',
  apiKey: 44,
  type: 'request',
  validVersions: [0, 0],
  flexibleVersions: 1,
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
            configOperation: { type: 'int8' },
            value: { type: 'string', nullableVersions: '0+' },
          },
        },
      },
    },
    validateOnly: { type: 'bool' },
  },
})

export const incrementalAlterConfigsResponse = message({
  name: 'IncrementalAlterConfigsResponse',
  apiKey: 44,
  type: 'response',
  validVersions: [0, 0],
  flexibleVersions: 1,
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
