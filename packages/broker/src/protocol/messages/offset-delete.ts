// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const offsetDeleteRequest = message({
  name: 'OffsetDeleteRequest',
  apiKey: 47,
  type: 'request',
  validVersions: [0, 0],
  flexibleVersions: 'none',
  fields: {
    groupId: { type: 'string' },
    topics: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        partitions: {
          type: '[]struct',
          fields: {
            partitionIndex: { type: 'int32' },
          },
        },
      },
    },
  },
})

export const offsetDeleteResponse = message({
  name: 'OffsetDeleteResponse',
  apiKey: 47,
  type: 'response',
  validVersions: [0, 0],
  flexibleVersions: 'none',
  fields: {
    errorCode: { type: 'int16' },
    throttleTimeMs: { type: 'int32', default: 0 },
    topics: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        partitions: {
          type: '[]struct',
          fields: {
            partitionIndex: { type: 'int32' },
            errorCode: { type: 'int16' },
          },
        },
      },
    },
  },
})
