import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer, type Socket } from 'node:net'
import { ByteReader } from '../byte-reader.js'
import type { FetchingBroker } from '../fetch-from-broker.js'
import type { ProducingBroker } from '../produce-to-broker.js'

export interface ScriptedRequest {
  readonly apiKey: number
  readonly apiVersion: number
  readonly body: Buffer
}

export interface ScriptedConnection {
  /** The one Broker object of kafkajs, connected over a real socket. */
  readonly broker: FetchingBroker & ProducingBroker
  readonly requests: readonly ScriptedRequest[]
  /** Until when kafkajs holds back requests of any of its connections, epoch ms; -1 for never. */
  readonly throttledUntil: () => number
  close(): Promise<void>
}

/** kafkajs's own Broker in front of a server that answers what the script says, at the highest versions given. */
export async function connectScriptedBroker(
  versions: { readonly fetch: number; readonly produce: number },
  answer: (request: ScriptedRequest) => Buffer,
): Promise<ScriptedConnection> {
  const requests: ScriptedRequest[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    let pending = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, chunk])
      while (pending.length >= 4 && pending.length >= 4 + pending.readInt32BE(0)) {
        const size = pending.readInt32BE(0)
        const { request, correlationId } = parseRequest(pending.subarray(4, 4 + size))
        pending = pending.subarray(4 + size)
        requests.push(request)
        const body = answer(request)
        const head = Buffer.alloc(8)
        head.writeInt32BE(4 + body.length, 0)
        head.writeInt32BE(correlationId, 4)
        socket.write(Buffer.concat([head, body]))
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const broker = await openBroker(address.port, versions)
  return {
    broker,
    requests,
    throttledUntil: () => {
      const until: number[] = broker.connectionPool.map(
        (one: { requestQueue: { throttledUntil: number } }) => one.requestQueue.throttledUntil,
      )
      return Math.max(...until)
    },
    async close() {
      await broker.disconnect()
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

async function openBroker(port: number, versions: { readonly fetch: number; readonly produce: number }) {
  const load = createRequire(import.meta.url)
  const ConnectionPool = load('kafkajs/src/network/connectionPool.js')
  const Broker = load('kafkajs/src/broker/index.js')
  const socketFactory = load('kafkajs/src/network/socketFactory.js')
  const ignore = () => {}
  const logger = { namespace: () => logger, debug: ignore, info: ignore, warn: ignore, error: ignore }
  const connectionPool = new ConnectionPool({
    host: '127.0.0.1',
    port,
    logger,
    socketFactory: socketFactory(),
    requestTimeout: 5_000,
    connectionTimeout: 5_000,
  })
  const broker = new Broker({
    connectionPool,
    logger,
    versions: { 0: { minVersion: 0, maxVersion: versions.produce }, 1: { minVersion: 0, maxVersion: versions.fetch } },
  })
  await broker.connect()
  return broker
}

function parseRequest(bytes: Buffer): { readonly request: ScriptedRequest; readonly correlationId: number } {
  const reader = new ByteReader(bytes)
  const apiKey = reader.readInt16()
  const apiVersion = reader.readInt16()
  const correlationId = reader.readInt32()
  reader.readString() // client id
  return { request: { apiKey, apiVersion, body: reader.take(reader.remaining) }, correlationId }
}
