/** Requests that no client would send, byte by byte. */
import { ByteWriter } from '@millrace/broker/protocol'

/** A request's header and whatever follows, without the length in front. */
export function rawRequest(apiKey: number, version: number, body: Buffer = Buffer.alloc(0)): Buffer {
  const writer = new ByteWriter()
  writer.int16(apiKey)
  writer.int16(version)
  writer.int32(7)
  writer.int16(3)
  writer.text('raw', 3)
  writer.bytes(body)
  return writer.finish()
}

/** With a length in front: the true one, or any other. */
export function framed(bytes: Buffer, length = bytes.length): Buffer {
  const prefix = Buffer.alloc(4)
  prefix.writeInt32BE(length)
  return Buffer.concat([prefix, bytes])
}
