// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const fetchRequest = message({
  name: 'FetchRequest',
  apiKey: 1,
  type: 'request',
  validVersions: [4, 11],
  flexibleVersions: 12,
  fields: {
    replicaId: { type: 'int32', default: -1 },
    maxWaitMs: { type: 'int32' },
    minBytes: { type: 'int32' },
    maxBytes: { type: 'int32', default: 2147483647 },
    isolationLevel: { type: 'int8', default: 0 },
    sessionId: { type: 'int32', versions: '7+', default: 0 },
    sessionEpoch: { type: 'int32', versions: '7+', default: -1 },
    topics: {
      type: '[]struct',
      fields: {
        topic: { type: 'string' },
        partitions: {
          type: '[]struct',
          fields: {
            partition: { type: 'int32' },
            currentLeaderEpoch: { type: 'int32', versions: '9+', default: -1 },
            fetchOffset: { type: 'int64' },
            logStartOffset: { type: 'int64', versions: '5+', default: -1n },
            partitionMaxBytes: { type: 'int32' },
          },
        },
      },
    },
    forgottenTopicsData: {
      type: '[]struct',
      versions: '7+',
      fields: {
        topic: { type: 'string' },
        partitions: { type: '[]int32' },
      },
    },
    rackId: { type: 'string', versions: '11+', default: '' },
  },
})

export const fetchResponse = message({
  name: 'FetchResponse',
  apiKey: 1,
  type: 'response',
  validVersions: [4, 11],
  flexibleVersions: 12,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: { type: 'int16', versions: '7+' },
    sessionId: { type: 'int32', versions: '7+', default: 0 },
    responses: {
      type: '[]struct',
      fields: {
        topic: { type: 'string' },
        partitions: {
          type: '[]struct',
          fields: {
            partitionIndex: { type: 'int32' },
            errorCode: { type: 'int16' },
            highWatermark: { type: 'int64' },
            lastStableOffset: { type: 'int64', default: -1n },
            logStartOffset: { type: 'int64', versions: '5+', default: -1n },
            abortedTransactions: {
              type: '[]struct',
              nullableVersions: '4+',
              fields: {
                producerId: { type: 'int64' },
                firstOffset: { type: 'int64' },
              },
            },
            preferredReadReplica: { type: 'int32', versions: '11+', default: -1 },
            records: { type: 'records', nullableVersions: '0+' },
          },
        },
      },
    },
  },
})
