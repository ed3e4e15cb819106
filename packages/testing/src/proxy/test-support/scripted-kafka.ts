import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { createFrameSplitter, readAnswerHeader, readRequestHeader } from '../frame-splitter.js'

export interface ScriptedKafka {
  readonly host: string
  readonly port: number
  /** `api key:correlation id` of each request that arrived, in order. */
  readonly applied: string[]
  /** Bytes of answers that nobody has taken from it. */
  readonly unsent: () => number
  close(): Promise<void>
}

/** A server that speaks just the framing: it answers each request with its correlation id and a body of this length. */
export async function startScriptedKafka({ answerBytes = 4 } = {}): Promise<ScriptedKafka> {
  const applied: string[] = []
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // resets are what these tests are about
    const split = createFrameSplitter(readRequestHeader)
    socket.on('data', (chunk: Buffer) => {
      for (const { header } of split(chunk)) {
        if (header?.request === undefined) continue
        applied.push(`${header.request.apiKey}:${header.correlationId}`)
        if (header.request.apiKey === 0) continue // Produce with acks=0
        const answer = Buffer.alloc(8 + answerBytes)
        answer.writeInt32BE(4 + answerBytes, 0)
        answer.writeInt32BE(header.correlationId, 4)
        socket.write(answer)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    host: '127.0.0.1',
    port,
    applied,
    unsent: () => [...sockets].reduce((sum, { writableLength }) => sum + writableLength, 0),
    async close() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface RawClient {
  readonly socket: Socket
  /** Correlation ids of the answers, in order. */
  readonly answers: number[]
  /** Bytes that came back. */
  readonly received: () => number
  ask(apiKey: number, correlationId: number, bodyBytes?: number): void
  /** Why the connection ended: the code of the error, or `end`. */
  readonly ended: Promise<string>
}

export async function openRawClient(address: string | undefined, clientId: string | null = 'test'): Promise<RawClient> {
  const socket = connect(Number(address?.split(':')[1]), '127.0.0.1')
  const answers: number[] = []
  let received = 0
  const split = createFrameSplitter(readAnswerHeader)
  socket.on('data', (chunk: Buffer) => {
    received += chunk.length
    for (const { header } of split(chunk)) if (header !== undefined) answers.push(header.correlationId)
  })
  const ended = new Promise<string>((resolve) => {
    socket.on('error', (error) => resolve('code' in error ? String(error.code) : error.message))
    socket.on('close', () => resolve('end'))
  })
  await Promise.race([once(socket, 'connect'), ended])
  return {
    socket,
    answers,
    received: () => received,
    ended,
    ask: (apiKey, correlationId, bodyBytes = 0) =>
      void socket.write(requestFrame(apiKey, correlationId, clientId, bodyBytes)),
  }
}

export function requestFrame(apiKey: number, correlationId: number, clientId: string | null, bodyBytes = 0): Buffer {
  const id = Buffer.from(clientId ?? '')
  const header = Buffer.alloc(14)
  header.writeInt32BE(10 + id.length + bodyBytes, 0)
  header.writeInt16BE(apiKey, 4)
  header.writeInt16BE(2, 6)
  header.writeInt32BE(correlationId, 8)
  header.writeInt16BE(clientId === null ? -1 : id.length, 12)
  return Buffer.concat([header, id, Buffer.alloc(bodyBytes, 7)])
}
