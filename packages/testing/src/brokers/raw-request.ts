import { connect } from 'node:net'

export interface HostPort {
  readonly host: string
  readonly port: number
}

export interface RawRequest {
  readonly apiKey: number
  /** A version from before the compact encodings (KIP-482): request header 1, response header 0. */
  readonly apiVersion: number
  readonly body: Buffer
}

/**
 * One request over its own plaintext connection; resolves with the answer's body. Written out here so that "the broker
 * is ready" never rests on the client under test. Rejects when the connection fails or `signal` aborts.
 */
export function rawRequest({ host, port }: HostPort, request: RawRequest, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal })
    const chunks: Buffer[] = []
    socket.once('connect', () => socket.write(frame(request)))
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      const answer = Buffer.concat(chunks)
      if (answer.length < 4 || answer.length < 4 + answer.readInt32BE(0)) return
      resolve(answer.subarray(8)) // length and correlation id
      socket.destroy()
    })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error(`${host}:${port} closed the connection without an answer`)))
  })
}

function frame({ apiKey, apiVersion, body }: RawRequest): Buffer {
  const header = Buffer.alloc(8)
  header.writeInt16BE(apiKey, 0)
  header.writeInt16BE(apiVersion, 2)
  const message = Buffer.concat([header, text('millrace-testing'), body])
  const length = Buffer.alloc(4)
  length.writeInt32BE(message.length)
  return Buffer.concat([length, message])
}

/** Kafka's STRING: two bytes of length, then UTF-8. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(2)
  length.writeInt16BE(bytes.length)
  return Buffer.concat([length, bytes])
}

export const int8 = (value: number): Buffer => Buffer.from([value])

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

/** Reads an answer from left to right; throws a RangeError where it is shorter than it should be. */
export function createAnswerReader(answer: Buffer) {
  let at = 0
  const take = (bytes: number) => {
    at += bytes
    return at - bytes
  }
  return {
    int8: () => answer.readInt8(take(1)),
    int16: () => answer.readInt16BE(take(2)),
    int32: () => answer.readInt32BE(take(4)),
    /** NULLABLE_STRING: length -1 is null. */
    text(): string | null {
      const length = answer.readInt16BE(take(2))
      return length < 0 ? null : answer.toString('utf8', take(length), at)
    },
  }
}
