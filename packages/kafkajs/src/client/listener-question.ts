import type { Socket } from 'node:net'

const CORRELATION_ID = 0x6d_69_6c_6c

/** Requests that a listener answers before it knows who asks, in Kafka's own bytes: kafkajs asks nothing without connecting first. */
export const API_VERSIONS = request(18, Buffer.alloc(0), 0)
/** With a mechanism that every Kafka knows; a listener that has not enabled it answers with those that it has. */
export const SASL_HANDSHAKE = request(17, textOf('PLAIN'), 1)

const MAX_ANSWER_BYTES = 1_000_000

/** The answer without its header, or undefined where the listener gave none of Kafka's. Leaves the socket to its owner. */
export function ask(socket: Socket, question: Buffer): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
  let received = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    if (received.length < 8) return
    const size = received.readInt32BE(0)
    if (size < 4 || size > MAX_ANSWER_BYTES || received.readInt32BE(4) !== CORRELATION_ID) resolve(undefined)
    else if (received.length >= 4 + size) resolve(received.subarray(8, 4 + size))
  })
  socket.on('close', () => resolve(undefined))
  socket.write(question)
  return promise
}

/** What a SaslHandshake was answered with: undefined where the listener asks for no SASL. */
export function mechanismsIn(answer: Buffer): readonly string[] | undefined {
  if (answer.length < 6 || !SASL_IS_ASKED_FOR.includes(answer.readInt16BE(0))) return undefined
  const names: string[] = []
  for (let count = answer.readInt32BE(2), at = 6; count > 0 && at + 2 <= answer.length; count -= 1) {
    const end = at + 2 + answer.readInt16BE(at)
    names.push(answer.toString('utf8', at + 2, end))
    at = end
  }
  return names
}

/** NONE, and UNSUPPORTED_SASL_MECHANISM; a listener without SASL answers ILLEGAL_SASL_STATE. */
const SASL_IS_ASKED_FOR = [0, 33]

/** Length, header version 1 with our name, body. */
function request(apiKey: number, body: Buffer, version: number): Buffer {
  const header = Buffer.alloc(12)
  header.writeInt16BE(apiKey, 4)
  header.writeInt16BE(version, 6)
  header.writeInt32BE(CORRELATION_ID, 8)
  const bytes = Buffer.concat([header, textOf('millrace'), body])
  bytes.writeInt32BE(bytes.length - 4, 0)
  return bytes
}

function textOf(text: string): Buffer {
  const bytes = Buffer.from(`\0\0${text}`)
  bytes.writeInt16BE(text.length, 0)
  return bytes
}
