/** Kafka's wire protocol: message tables and codec, for the broker and for whoever speaks to one in raw requests. */
export { type Api, type ApiName, apis, findApi, isAccepted, type RequestBody, type ResponseBody } from './apis.js'
export { ByteReader } from './byte-reader.js'
export { ByteWriter } from './byte-writer.js'
export { decodeMessage } from './decode-message.js'
export { encodeMessage } from './encode-message.js'
export { errorCode, errorName, type ErrorName } from './error-codes.js'
export { decodeResponse, encodeRequest, encodeResponse } from './frame.js'
export { MalformedRequest } from './malformed-request.js'
export * from './messages/index.js'
export { readRequestHeader, type RequestHeader } from './request-header.js'
export type { Decoded, Encodable, FieldSpec, Fields, FieldType, Message, ScalarType, Versions } from './schema.js'
export {
  readUnsignedVarint,
  readVarint,
  readVarlong,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from './varint.js'
export { withDefaults } from './with-defaults.js'
