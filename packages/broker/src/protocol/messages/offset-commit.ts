// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const offsetCommitRequest = message({
  name: 'OffsetCommitRequest',
  apiKey: 8,
  type: 'request',
  validVersions: [2, 7],
  flexibleVersions: 8,
  fields: {
    groupId: { type: 'string' },
    generationIdOrMemberEpoch: { type: 'int32', default: -1 },
    memberId: { type: 'string' },
    groupInstanceId: { type: 'string', versions: '7+', nullableVersions: '7+', default: null },
    retentionTimeMs: { type: 'int64', versions: '2-4', default: -1n },
    topics: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        partitions: {
          type: '[]struct',
          fields: {
            partitionIndex: { type: 'int32' },
            committedOffset: { type: 'int64' },
            committedLeaderEpoch: { type: 'int32', versions: '6+', default: -1 },
            committedMetadata: { type: 'string', nullableVersions: '0+' },
          },
        },
      },
    },
  },
})

export const offsetCommitResponse = message({
  name: 'OffsetCommitResponse',
  apiKey: 8,
  type: 'response',
  validVersions: [2, 7],
  flexibleVersions: 8,
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
            errorCode: { type: 'int16' },
          },
        },
      },
    },
  },
})
