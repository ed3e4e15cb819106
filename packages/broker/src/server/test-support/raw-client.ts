import { connect as connectTcp, type Socket } from 'node:net'
import { decodeResponse, encodeRequest } from '../../protocol/frame.js'
import type { ApiName, apis } from '../../protocol/apis.js'
import type { Decoded, Encodable } from '../../protocol/schema.js'
import type { Broker } from '../../start-broker.js'
import { createFrameSplitter } from '../frame-splitter.js'

type Asked<N extends ApiName> = Encodable<(typeof apis)[N]['request']>
type Answered<N extends ApiName> = Decoded<(typeof apis)[N]['response']>

/** A client that says exactly what a test wants to be said. */
export interface RawClient {
  readonly socket: Socket
  /** Sends one request and waits for its answer. */
  ask<N extends ApiName>(api: N, version: number, body: Asked<N>): Promise<Answered<N>>
  /** Sends bytes as they are. */
  write(bytes: Buffer): void
  /** The next frame without its length; undefined where the connection ends first. */
  nextFrame(): Promise<Buffer | undefined>
  /** Resolves when the broker has ended the connection. */
  readonly closed: Promise<void>
  end(): void
}

let lastCorrelationId = 0

/** A request as it goes over the wire, with its length. */
export function frameOf<N extends ApiName>(api: N, version: number, body: Asked<N>, clientId = 'raw'): Buffer {
  lastCorrelationId += 1
  return encodeRequest(api, { apiVersion: version, correlationId: lastCorrelationId, clientId }, body)
}

/** The same with any length in front, and any bytes behind. */
export function framed(bytes: Buffer, length = bytes.length): Buffer {
  const prefix = Buffer.alloc(4)
  prefix.writeInt32BE(length)
  return Buffer.concat([prefix, bytes])
}

export async function connectRaw(
  broker: Pick<Broker, 'socketFactory' | 'host' | 'port'>,
  over: 'memory' | 'tcp' = 'memory',
) {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const { host, port } = broker
    const made: Socket =
      over === 'tcp'
        ? connectTcp({ host, port }, () => resolve(made))
        : broker.socketFactory({ host, port, onConnect: () => resolve(made) })
    made.once('error', reject)
  })
  return rawClient(socket)
}

function rawClient(socket: Socket): RawClient {
  const frames: Buffer[] = []
  const waiting: ((frame: Buffer | undefined) => void)[] = []
  const splitter = createFrameSplitter(2 ** 31 - 1)
  let isOver = false
  socket.on('error', () => {})
  socket.on('data', (chunk: Buffer) => {
    splitter.push(chunk)
    for (let frame = splitter.next(); Buffer.isBuffer(frame); frame = splitter.next()) {
      const take = waiting.shift()
      if (take === undefined) frames.push(frame)
      else take(frame)
    }
  })
  const closed = new Promise<void>((resolve) => {
    const over = (): void => {
      isOver = true
      for (const take of waiting.splice(0)) take(undefined)
      resolve()
    }
    socket.once('end', over)
    socket.once('close', over)
  })
  const nextFrame = (): Promise<Buffer | undefined> => {
    const frame = frames.shift()
    if (frame !== undefined || isOver) return Promise.resolve(frame)
    return new Promise((resolve) => void waiting.push(resolve))
  }
  return {
    socket,
    closed,
    nextFrame,
    write: (bytes) => void socket.write(bytes),
    async ask(api, version, body) {
      socket.write(frameOf(api, version, body))
      const frame = await nextFrame()
      if (frame === undefined) throw new Error(`${api} ${version} was not answered`)
      return decodeResponse(api, version, frame).body
    },
    end: () => void socket.destroy(),
  }
}
