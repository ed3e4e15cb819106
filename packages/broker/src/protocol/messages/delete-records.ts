// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const deleteRecordsRequest = message({
  name: 'DeleteRecordsRequest',
  apiKey: 21,
  type: 'request',
  validVersions: [0, 1],
  flexibleVersions: 2,
  fields: {
    topics: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        partitions: {
          type: '[]struct',
          fields: {
            partitionIndex: { type: 'int32' },
            offset: { type: 'int64' },
          },
        },
      },
    },
    timeoutMs: { type: 'int32' },
  },
})

export const deleteRecordsResponse = message({
  name: 'DeleteRecordsResponse',
  apiKey: 21,
  type: 'response',
  validVersions: [0, 1],
  flexibleVersions: 2,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    topics: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        partitions: {
          type: '[]struct',
          fields: {
            partitionIndex: { type: 'int32' },
            lowWatermark: { type: 'int64' },
            errorCode: { type: 'int16' },
          },
        },
      },
    },
  },
})
