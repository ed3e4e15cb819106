import { once } from 'node:events'
import { createRequire } from 'node:module'
import { createServer, type Socket } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { ProtocolExchange } from '../wire/kafkajs-internals.js'
import { oneSocketPerConnection } from './one-socket-per-connection.js'

interface Connection {
  connect(): Promise<unknown>
  disconnect(): Promise<unknown>
  send(exchange: ProtocolExchange): Promise<unknown>
  isConnected(): boolean
  readonly requestQueue: { push(request: object): void }
}

const ECHO: ProtocolExchange = {
  request: { apiKey: 18, apiVersion: 0, apiName: 'Echo', encode: async () => ({ buf: nothing, buffer: nothing }) },
  response: { decode: async (payload) => payload.toString(), parse: async (decoded) => decoded },
}
const nothing = Buffer.alloc(0)

/** kafkajs's own connection, to a server that does with each request what the script says. */
async function setup(onRequest: (socket: Socket, correlationId: number) => void) {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('data', (request) => onRequest(socket, request.readInt32BE(8)))
    socket.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  const load = createRequire(import.meta.url)
  const ConnectionClass = load('kafkajs/src/network/connection.js')
  const socketFactory = load('kafkajs/src/network/socketFactory.js')()
  const logger = { namespace: () => logger, debug: () => undefined, error: () => undefined }
  const place = { host: '127.0.0.1', port: address.port }
  const limits = { requestTimeout: 5000, connectionTimeout: 5000 }
  const connection: Connection = new ConnectionClass({ ...place, ...limits, logger, socketFactory })
  onTestFinished(async () => {
    await connection.disconnect()
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  })
  return { connection, sockets }
}

/** How many sockets the server sees when two requests meet on a connection that is down. */
async function socketsOfTwoRequests(): Promise<number> {
  const { connection, sockets } = await setup((socket, id) => socket.write(answer(id, 'yes')))
  await Promise.all([connection.connect(), connection.connect()])
  await connection.send(ECHO)
  return sockets.size
}

/** The answer to a request whose predecessor lost its socket in the middle of an answer. */
async function answerAfterHalfAnAnswer(): Promise<unknown> {
  let requests = 0
  const { connection } = await setup((socket, id) => {
    requests += 1
    // The half would be taken for the beginning of an answer to the next request.
    if (requests === 1) socket.end(Buffer.concat([numbers(4 + 4 + 11, id + 1), Buffer.from('old!')]))
    else socket.write(answer(id, 'new'))
  })
  await connection.connect()
  await expect(connection.send(ECHO)).rejects.toThrow('Closed connection')
  await connection.disconnect()
  await connection.connect()
  return connection.send(ECHO)
}

/** What becomes of a request whose last step before the socket meets a disconnect. */
async function fateOfALateRequest(): Promise<string> {
  const { connection } = await setup(() => undefined)
  await connection.connect()
  const down = connection.disconnect()
  const fate = new Promise<string>((resolve) => {
    const entry = { ...ECHO.request, correlationId: 7, resolve, reject: (error: unknown) => resolve(String(error)) }
    connection.requestQueue.push({ entry, expectResponse: true, sendRequest: () => undefined })
  })
  await down
  return Promise.race([fate, nextTurn().then(() => 'nobody told it')])
}

/** Whether a connection that is down lets requests through while it is disconnected once more. */
async function isOpenWhileDown(): Promise<boolean> {
  const { connection } = await setup(() => undefined)
  await connection.connect()
  await connection.disconnect()
  const again = connection.disconnect()
  const isOpen = connection.isConnected()
  await again
  return isOpen
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve))

const numbers = (...values: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value, 4 * index)
  return bytes
}
const answer = (correlationId: number, text: string): Buffer =>
  Buffer.concat([numbers(4 + text.length, correlationId), Buffer.from(text)])

// The guard stays in the process once it is installed, so the runs without it come first.
describe('a connection of kafkajs', () => {
  it('red without one-socket-per-connection: two requests that meet while it is down open a socket each', async () => {
    expect(await socketsOfTwoRequests()).toBe(2)
  })

  it('red without one-socket-per-connection: half an answer is read as the beginning of the next', async () => {
    expect(await answerAfterHalfAnAnswer()).toContain('old!')
  })

  it('red without one-socket-per-connection: a request that meets a disconnect is never told', async () => {
    expect(await fateOfALateRequest()).toBe('nobody told it')
    expect(await isOpenWhileDown()).toBe(true)
  })

  it('green: two requests share one socket, and a new socket begins with an empty buffer', async () => {
    oneSocketPerConnection.install?.()
    expect(await socketsOfTwoRequests()).toBe(1)
    expect(await answerAfterHalfAnAnswer()).toBe('new')
  })

  it('green: a request that meets a disconnect is told so, and a connection that is down stays down', async () => {
    oneSocketPerConnection.install?.()
    expect(await fateOfALateRequest()).toContain('Closed connection')
    expect(await isOpenWhileDown()).toBe(false)
  })
})
