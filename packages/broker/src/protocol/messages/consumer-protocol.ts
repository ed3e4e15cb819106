// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const consumerProtocolSubscription = message({
  name: 'ConsumerProtocolSubscription',
  apiKey: null,
  type: 'data',
  validVersions: [0, 3],
  flexibleVersions: 'none',
  fields: {
    topics: { type: '[]string' },
    userData: { type: 'bytes', nullableVersions: '0+', default: null },
    ownedPartitions: {
      type: '[]struct',
      versions: '1+',
      fields: {
        topic: { type: 'string' },
        partitions: { type: '[]int32' },
      },
    },
    generationId: { type: 'int32', versions: '2+', default: -1 },
    rackId: { type: 'string', versions: '3+', nullableVersions: '3+', default: null },
  },
})

export const consumerProtocolAssignment = message({
  name: 'ConsumerProtocolAssignment',
  apiKey: null,
  type: 'data',
  validVersions: [0, 3],
  flexibleVersions: 'none',
  fields: {
    assignedPartitions: {
      type: '[]struct',
      fields: {
        topic: { type: 'string' },
        partitions: { type: '[]int32' },
      },
    },
    userData: { type: 'bytes', nullableVersions: '0+', default: null },
  },
})
