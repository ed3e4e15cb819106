// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const addOffsetsToTxnRequest = message({
  name: 'AddOffsetsToTxnRequest',
  apiKey: 25,
  type: 'request',
  validVersions: [0, 2],
  flexibleVersions: 3,
  fields: {
    transactionalId: { type: 'string' },
    producerId: { type: 'int64' },
    producerEpoch: { type: 'int16' },
    groupId: { type: 'string' },
  },
})

export const addOffsetsToTxnResponse = message({
  name: 'AddOffsetsToTxnResponse',
  apiKey: 25,
  type: 'response',
  validVersions: [0, 2],
  flexibleVersions: 3,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: { type: 'int16' },
  },
})
