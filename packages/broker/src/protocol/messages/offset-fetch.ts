// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const offsetFetchRequest = message({
  name: 'OffsetFetchRequest',
  apiKey: 9,
  type: 'request',
  validVersions: [1, 7],
  flexibleVersions: 6,
  fields: {
    groupId: { type: 'string' },
    topics: {
      type: '[]struct',
      nullableVersions: '2-7',
      fields: {
        name: { type: 'string' },
        partitionIndexes: { type: '[]int32' },
      },
    },
    requireStable: { type: 'bool', versions: '7+', default: false },
  },
})

export const offsetFetchResponse = message({
  name: 'OffsetFetchResponse',
  apiKey: 9,
  type: 'response',
  validVersions: [1, 7],
  flexibleVersions: 6,
  fields: {
    throttleTimeMs: { type: 'int32', versions: '3+', default: 0 },
    topics: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        partitions: {
          type: '[]struct',
          fields: {
            partitionIndex: { type: 'int32' },
            committedOffset: { type: 'int64' },
            committedLeaderEpoch: { type: 'int32', versions: '5-7', default: -1 },
            metadata: { type: 'string', nullableVersions: '0-7' },
            errorCode: { type: 'int16' },
          },
        },
      },
    },
    errorCode: { type: 'int16', versions: '2-7', default: 0 },
  },
})
