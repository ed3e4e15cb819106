// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const describeConfigsRequest = message({
  name: 'DescribeConfigsRequest',
  apiKey: 32,
  type: 'request',
  validVersions: [1, 3],
  flexibleVersions: 4,
  fields: {
    resources: {
      type: '[]struct',
      fields: {
        resourceType: { type: 'int8' },
        resourceName: { type: 'string' },
        configurationKeys: { type: '[]string', nullableVersions: '0+' },
      },
    },
    includeSynonyms: { type: 'bool', default: false },
    includeDocumentation: { type: 'bool', versions: '3+', default: false },
  },
})

export const describeConfigsResponse = message({
  name: 'DescribeConfigsResponse',
  apiKey: 32,
  type: 'response',
  validVersions: [1, 3],
  flexibleVersions: 4,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    results: {
      type: '[]struct',
      fields: {
        errorCode: { type: 'int16' },
        errorMessage: { type: 'string', nullableVersions: '0+' },
        resourceType: { type: 'int8' },
        resourceName: { type: 'string' },
        configs: {
          type: '[]struct',
          fields: {
            name: { type: 'string' },
            value: { type: 'string', nullableVersions: '0+' },
            readOnly: { type: 'bool' },
            configSource: { type: 'int8', default: -1 },
            isSensitive: { type: 'bool' },
            synonyms: {
              type: '[]struct',
              fields: {
                name: { type: 'string' },
                value: { type: 'string', nullableVersions: '0+' },
                source: { type: 'int8' },
              },
            },
            configType: { type: 'int8', versions: '3+', default: 0 },
            documentation: { type: 'string', versions: '3+', nullableVersions: '0+' },
          },
        },
      },
    },
  },
})
