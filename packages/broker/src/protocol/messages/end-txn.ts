// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const endTxnRequest = message({
  name: 'EndTxnRequest',
  apiKey: 26,
  type: 'request',
  validVersions: [0, 5],
  flexibleVersions: 3,
  fields: {
    transactionalId: { type: 'string' },
    producerId: { type: 'int64' },
    producerEpoch: { type: 'int16' },
    committed: { type: 'bool' },
  },
})

export const endTxnResponse = message({
  name: 'EndTxnResponse',
  apiKey: 26,
  type: 'response',
  validVersions: [0, 5],
  flexibleVersions: 3,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    errorCode: { type: 'int16' },
    producerId: { type: 'int64', versions: '5+', default: -1n },
    producerEpoch: { type: 'int16', versions: '5+', default: -1 },
  },
})
