import { type Api, type ApiName, apis } from './apis.js'
import { ByteWriter } from './byte-writer.js'
import { decodeMessage } from './decode-message.js'
import { writeMessage } from './encode-message.js'
import { type RequestHeader, readResponseHeader, writeRequestHeader, writeResponseHeader } from './request-header.js'
import type { Decoded, Encodable, Message } from './schema.js'

/** What every frame begins with and does not count: the length of the rest. */
const lengthBytes = 4

/** A whole request with its length in front. */
export function encodeRequest<N extends ApiName>(
  name: N,
  header: Omit<RequestHeader, 'apiKey'>,
  body: Encodable<(typeof apis)[N]['request']>,
): Buffer {
  const api: Api = apis[name]
  const writer = new ByteWriter()
  writer.int32(0)
  writeRequestHeader(writer, { ...header, apiKey: api.key }, api.request)
  writeBody(writer, api.request, header.apiVersion, body)
  return writer.finish()
}

/** A whole answer with its length in front. */
export function encodeResponse<M extends Message>(
  response: M,
  header: Pick<RequestHeader, 'apiVersion' | 'correlationId'>,
  body: Encodable<M>,
): Buffer {
  return responseWriter(response, header, body).finish()
}

/** The same in pieces, of which records are views of what `body` holds: they must not change until they are sent. */
export function encodeResponsePieces<M extends Message>(
  response: M,
  header: Pick<RequestHeader, 'apiVersion' | 'correlationId'>,
  body: Encodable<M>,
): readonly [Buffer, ...Buffer[]] {
  return responseWriter(response, header, body).finishPieces()
}

function responseWriter<M extends Message>(
  response: M,
  header: Pick<RequestHeader, 'apiVersion' | 'correlationId'>,
  body: Encodable<M>,
): ByteWriter {
  const writer = new ByteWriter()
  writer.int32(0)
  writeResponseHeader(writer, header, response)
  writeBody(writer, response, header.apiVersion, body)
  return writer
}

function writeBody(writer: ByteWriter, message: Message, version: number, body: unknown): void {
  writeMessage(writer, message, version, body as Encodable<Message>)
  writer.patchInt32(0, writer.length - lengthBytes)
}

/** Reads an answer; `frame` begins behind its length. @throws MalformedRequest */
export function decodeResponse<N extends ApiName>(
  name: N,
  apiVersion: number,
  frame: Buffer,
): { readonly correlationId: number; readonly body: Decoded<(typeof apis)[N]['response']> } {
  const response: Message = apis[name].response
  const { correlationId, bodyOffset } = readResponseHeader(frame, apiVersion, response)
  const body = decodeMessage(response, apiVersion, frame, bodyOffset)
  return { correlationId, body: body as Decoded<(typeof apis)[N]['response']> }
}
