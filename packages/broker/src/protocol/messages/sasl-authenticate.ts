// Generated from the kafka-clients jar by `node tools/generate-messages.ts` (versions: tools/spoken-versions.ts).
import { message } from '../schema.js'

export const saslAuthenticateRequest = message({
  name: 'SaslAuthenticateRequest',
  apiKey: 36,
  type: 'request',
  validVersions: [0, 1],
  flexibleVersions: 2,
  fields: {
    authBytes: { type: 'bytes' },
  },
})

export const saslAuthenticateResponse = message({
  name: 'SaslAuthenticateResponse',
  apiKey: 36,
  type: 'response',
  validVersions: [0, 1],
  flexibleVersions: 2,
  fields: {
    errorCode: { type: 'int16' },
    errorMessage: { type: 'string', nullableVersions: '0+' },
    authBytes: { type: 'bytes' },
    sessionLifetimeMs: { type: 'int64', versions: '1+', default: 0n },
  },
})
