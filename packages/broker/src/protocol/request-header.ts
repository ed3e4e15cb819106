import { findApi } from './apis.js'
import { ByteReader } from './byte-reader.js'
import type { ByteWriter } from './byte-writer.js'
import { readTaggedFields } from './decode-message.js'
import { maxStringBytes } from './message-layout.js'
import { apiVersionsRequest } from './messages/api-versions.js'
import type { Message } from './schema.js'
import { writeUnsignedVarint } from './varint.js'

export interface RequestHeader {
  readonly apiKey: number
  readonly apiVersion: number
  readonly correlationId: number
  readonly clientId: string | null
}

const isFlexible = ({ flexibleVersions }: Message, version: number): boolean =>
  flexibleVersions !== 'none' && version >= flexibleVersions

/**
 * Reads what stands in front of a request's body; `frame` begins behind its length. For an API that is not offered the
 * offset of the body is a guess, and nobody needs it.
 * @throws MalformedRequest
 */
export function readRequestHeader(frame: Buffer): RequestHeader & { readonly bodyOffset: number } {
  const reader = new ByteReader(frame)
  const apiKey = reader.int16()
  const apiVersion = reader.int16()
  const correlationId = reader.int32()
  const length = reader.int16()
  const clientId = length < 0 ? null : reader.text(length)
  const api = findApi(apiKey)
  if (api !== undefined && isFlexible(api.request, apiVersion)) readTaggedFields(reader, () => {})
  return { apiKey, apiVersion, correlationId, clientId, bodyOffset: reader.position }
}

/** The client id is never compact, so that a broker reads it before it knows the version. */
export function writeRequestHeader(writer: ByteWriter, header: RequestHeader, request: Message): void {
  writer.int16(header.apiKey)
  writer.int16(header.apiVersion)
  writer.int32(header.correlationId)
  if (header.clientId === null) {
    writer.int16(-1)
  } else {
    const length = Buffer.byteLength(header.clientId)
    if (length > maxStringBytes) throw new RangeError(`a client id of ${length} bytes`)
    writer.int16(length)
    writer.text(header.clientId, length)
  }
  if (isFlexible(request, header.apiVersion)) writeUnsignedVarint(writer, 0)
}

/** ApiVersions is always answered with the old header: its reader does not know yet what is spoken (KIP-511). */
const hasTaggedHeader = (response: Message, version: number): boolean =>
  response.apiKey !== apiVersionsRequest.apiKey && isFlexible(response, version)

export function writeResponseHeader(
  writer: ByteWriter,
  { correlationId, apiVersion }: Pick<RequestHeader, 'correlationId' | 'apiVersion'>,
  response: Message,
): void {
  writer.int32(correlationId)
  if (hasTaggedHeader(response, apiVersion)) writeUnsignedVarint(writer, 0)
}

/** `frame` begins behind its length. */
export function readResponseHeader(
  frame: Buffer,
  apiVersion: number,
  response: Message,
): { readonly correlationId: number; readonly bodyOffset: number } {
  const reader = new ByteReader(frame)
  const correlationId = reader.int32()
  if (hasTaggedHeader(response, apiVersion)) readTaggedFields(reader, () => {})
  return { correlationId, bodyOffset: reader.position }
}
