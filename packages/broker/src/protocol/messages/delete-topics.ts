// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const deleteTopicsRequest = message({
  name: 'DeleteTopicsRequest',
  apiKey: 20,
  type: 'request',
  validVersions: [1, 3],
  flexibleVersions: 4,
  fields: {
    topicNames: { type: '[]string' },
    timeoutMs: { type: 'int32' },
  },
})

export const deleteTopicsResponse = message({
  name: 'DeleteTopicsResponse',
  apiKey: 20,
  type: 'response',
  validVersions: [1, 3],
  flexibleVersions: 4,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    responses: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        errorCode: { type: 'int16' },
      },
    },
  },
})
