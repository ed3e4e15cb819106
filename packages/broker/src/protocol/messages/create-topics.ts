// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const createTopicsRequest = message({
  name: 'CreateTopicsRequest',
  apiKey: 19,
  type: 'request',
  validVersions: [2, 4],
  flexibleVersions: 5,
  fields: {
    topics: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        numPartitions: { type: 'int32' },
        replicationFactor: { type: 'int16' },
        assignments: {
          type: '[]struct',
          fields: {
            partitionIndex: { type: 'int32' },
            brokerIds: { type: '[]int32' },
          },
        },
        configs: {
          type: '[]struct',
          fields: {
            name: { type: 'string' },
            value: { type: 'string', nullableVersions: '0+' },
          },
        },
      },
    },
    timeoutMs: { type: 'int32', default: 60000 },
    validateOnly: { type: 'bool', default: false },
  },
})

export const createTopicsResponse = message({
  name: 'CreateTopicsResponse',
  apiKey: 19,
  type: 'response',
  validVersions: [2, 4],
  flexibleVersions: 5,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    topics: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        errorCode: { type: 'int16' },
        errorMessage: { type: 'string', nullableVersions: '0+' },
      },
    },
  },
})
