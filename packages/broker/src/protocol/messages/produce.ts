// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const produceRequest = message({
  name: 'ProduceRequest',
  apiKey: 0,
  type: 'request',
  validVersions: [3, 9],
  flexibleVersions: 9,
  fields: {
    transactionalId: { type: 'string', nullableVersions: '3+', default: null },
    acks: { type: 'int16' },
    timeoutMs: { type: 'int32' },
    topicData: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        partitionData: {
          type: '[]struct',
          fields: {
            index: { type: 'int32' },
            records: { type: 'records', nullableVersions: '0+' },
          },
        },
      },
    },
  },
})

export const produceResponse = message({
  name: 'ProduceResponse',
  apiKey: 0,
  type: 'response',
  validVersions: [3, 9],
  flexibleVersions: 9,
  fields: {
    responses: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        partitionResponses: {
          type: '[]struct',
          fields: {
            index: { type: 'int32' },
            errorCode: { type: 'int16' },
            baseOffset: { type: 'int64' },
            logAppendTimeMs: { type: 'int64', default: -1n },
            logStartOffset: { type: 'int64', versions: '5+', default: -1n },
            recordErrors: {
              type: '[]struct',
              versions: '8+',
              fields: {
                batchIndex: { type: 'int32' },
                batchIndexErrorMessage: { type: 'string', nullableVersions: '8+', default: null },
              },
            },
            errorMessage: { type: 'string', versions: '8+', nullableVersions: '8+', default: null },
          },
        },
      },
    },
    throttleTimeMs: { type: 'int32', default: 0 },
  },
})
