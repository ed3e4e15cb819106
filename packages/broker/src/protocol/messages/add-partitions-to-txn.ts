// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const addPartitionsToTxnRequest = message({
  name: 'AddPartitionsToTxnRequest',
  apiKey: 24,
  type: 'request',
  validVersions: [0, 2],
  flexibleVersions: 3,
  fields: {
    v3AndBelowTransactionalId: { type: 'string' },
    v3AndBelowProducerId: { type: 'int64' },
    v3AndBelowProducerEpoch: { type: 'int16' },
    v3AndBelowTopics: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        partitions: { type: '[]int32' },
      },
    },
  },
})

export const addPartitionsToTxnResponse = message({
  name: 'AddPartitionsToTxnResponse',
  apiKey: 24,
  type: 'response',
  validVersions: [0, 2],
  flexibleVersions: 3,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    resultsByTopicV3AndBelow: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        resultsByPartition: {
          type: '[]struct',
          fields: {
            partitionIndex: { type: 'int32' },
            partitionErrorCode: { type: 'int16' },
          },
        },
      },
    },
  },
})
