// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const createPartitionsRequest = message({
  name: 'CreatePartitionsRequest',
  apiKey: 37,
  type: 'request',
  validVersions: [0, 1],
  flexibleVersions: 2,
  fields: {
    topics: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        count: { type: 'int32' },
        assignments: {
          type: '[]struct',
          nullableVersions: '0+',
          fields: {
            brokerIds: { type: '[]int32' },
          },
        },
      },
    },
    timeoutMs: { type: 'int32' },
    validateOnly: { type: 'bool' },
  },
})

export const createPartitionsResponse = message({
  name: 'CreatePartitionsResponse',
  apiKey: 37,
  type: 'response',
  validVersions: [0, 1],
  flexibleVersions: 2,
  fields: {
    throttleTimeMs: { type: 'int32', default: 0 },
    results: {
      type: '[]struct',
      fields: {
        name: { type: 'string' },
        errorCode: { type: 'int16' },
        errorMessage: { type: 'string', nullableVersions: '0+', default: null },
      },
    },
  },
})
