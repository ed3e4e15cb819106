import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import type { RequestHandler } from './answer.js'

/** This broker asks nobody who it is. It says so as Kafka does on a listener without SASL. */
export const saslHandshake: RequestHandler<RequestBody<'SaslHandshake'>, ResponseBody<'SaslHandshake'>> = () => ({
  errorCode: errorCode.ILLEGAL_SASL_STATE,
  mechanisms: [],
})

export const saslAuthenticate: RequestHandler<
  RequestBody<'SaslAuthenticate'>,
  ResponseBody<'SaslAuthenticate'>
> = () => ({
  errorCode: errorCode.ILLEGAL_SASL_STATE,
  errorMessage: 'SaslAuthenticate request received after successful authentication',
  authBytes: Buffer.alloc(0),
})
