// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const initProducerIdRequest = message({
  name: 'InitProducerIdRequest',
  apiKey: 22,
  type: 'request',
  validVersions: [0, 4],
  flexibleVersions: 2,
  fields: {
    transactionalId: { type: 'string', nullableVersions: '0+' },
    transactionTimeoutMs: { type: 'int32' },
    producerId: { type: 'int64', versions: '3+', default: -1n },
    producerEpoch: { type: 'int16', versions: '3+', default: -1 },
  },
})

export const initProducerIdResponse = message({
  name: 'InitProducerIdResponse',
  apiKey: 22,
  type: 'response',
  validVersions: [0, 4],
  flexibleVersions: 2,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: { type: 'int16' },
    producerId: { type: 'int64', default: -1n },
    producerEpoch: { type: 'int16' },
  },
})
