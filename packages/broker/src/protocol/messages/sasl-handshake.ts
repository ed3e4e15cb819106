// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const saslHandshakeRequest = message({
  name: 'SaslHandshakeRequest',
  apiKey: 17,
  type: 'request',
  validVersions: [0, 1],
  flexibleVersions: 'none',
  fields: {
    mechanism: { type: 'string' },
  },
})

export const saslHandshakeResponse = message({
  name: 'SaslHandshakeResponse',
  apiKey: 17,
  type: 'response',
  validVersions: [0, 1],
  flexibleVersions: 'none',
  fields: {
    errorCode: { type: 'int16' },
    mechanisms: { type: '[]string' },
  },
})
