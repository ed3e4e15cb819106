// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const listOffsetsRequest = message({
  name: 'ListOffsetsRequest',
  apiKey: 2,
  type: 'request',
  validVersions: [1, 7],
  flexibleVersions: 6,
  fields: {
    replicaId: { type: 'int32' },
    isolationLevel: { type: 'int8', versions: '2+' },
    topics: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        partitions: {
          type: '[]struct',
          fields: {
            partitionIndex: { type: 'int32' },
            currentLeaderEpoch: { type: 'int32', versions: '4+', default: -1 },
            timestamp: { type: 'int64' },
          },
        },
      },
    },
  },
})

export const listOffsetsResponse = message({
  name: 'ListOffsetsResponse',
  apiKey: 2,
  type: 'response',
  validVersions: [1, 7],
  flexibleVersions: 6,
  fields: {
    throttleTimeMs: { type: 'int32', versions: '2+', default: 0 },
    topics: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        partitions: {
          type: '[]struct',
          fields: {
            partitionIndex: { type: 'int32' },
            errorCode: { type: 'int16' },
            timestamp: { type: 'int64', default: -1n },
            offset: { type: 'int64', default: -1n },
            leaderEpoch: { type: 'int32', versions: '4+', default: -1 },
          },
        },
      },
    },
  },
})
