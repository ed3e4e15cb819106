// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const apiVersionsRequest = message({
  name: 'ApiVersionsRequest',
  apiKey: 18,
  type: 'request',
  validVersions: [0, 4],
  flexibleVersions: 3,
  fields: {
    clientSoftwareName: { type: 'string', versions: '3+' },
    clientSoftwareVersion: { type: 'string', versions: '3+' },
  },
})

export const apiVersionsResponse = message({
  name: 'ApiVersionsResponse',
  apiKey: 18,
  type: 'response',
  validVersions: [0, 4],
  flexibleVersions: 3,
  fields: {
    errorCode: { type: 'int16' },
    apiKeys: {
      type: '[]struct',
      fields: {
        apiKey: { type: 'int16' },
        minVersion: { type: 'int16' },
        maxVersion: { type: 'int16' },
      },
    },
    throttleTimeMs: { type: 'int32', versions: '1+', default: 0 },
    supportedFeatures: {
      type: '[]struct',
      versions: '3+',
      taggedVersions: '3+',
      tag: 0,
      fields: {
        name: { type: 'string' },
        minVersion: { type: 'int16' },
        maxVersion: { type: 'int16' },
      },
    },
    finalizedFeaturesEpoch: { type: 'int64', versions: '3+', taggedVersions: '3+', tag: 1, default: -1n },
    finalizedFeatures: {
      type: '[]struct',
      versions: '3+',
      taggedVersions: '3+',
      tag: 2,
      fields: {
        name: { type: 'string' },
        maxVersionLevel: { type: 'int16' },
        minVersionLevel: { type: 'int16' },
      },
    },
    zkMigrationReady: { type: 'bool', versions: '3+', taggedVersions: '3+', tag: 3, default: false },
  },
})
