import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'
import { createLineSplitter } from '../probe-connection.js'
import type { RunningProbe } from '../running-probe.js'
import { KafkaRefusal } from './kafka-refusal.js'
import { createProbeSession } from './probe-session.js'
import { parseCall } from './wire-call.js'

/**
 * Starts the probe of the kit, inside this process: a client of raw requests for machines without Java. It serves the commands of the
 * Java probe, with the same answers and Java's names for what went wrong; what it can't do, such as TLS or quotas, it refuses.
 */
export async function startWireProbe(): Promise<RunningProbe> {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    serve(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has an address')
  let stopping: Promise<unknown> | undefined
  return {
    kind: 'wire',
    port: address.port,
    pid: process.pid,
    async stop() {
      stopping ??= once(server.close(), 'close')
      for (const socket of sockets) socket.destroy()
      await stopping
    },
  }
}

function serve(socket: Socket): void {
  const session = createProbeSession()
  const send = (answer: object): void => {
    if (socket.writable) socket.write(`${JSON.stringify(answer)}\n`)
  }
  const answer = async (line: string): Promise<void> => {
    const { id, ...call } = parseCall(line)
    try {
      send({ id, done: (await session.run({ id, ...call }, (part) => send({ id, part }))) ?? null })
    } catch (error) {
      const kafkaError = error instanceof KafkaRefusal ? error.kafkaError : 'KafkaException'
      send({ id, error: kafkaError, message: error instanceof Error ? error.message : String(error) })
    }
  }
  socket.on(
    'data',
    createLineSplitter((line) => void answer(line).catch(() => socket.destroy())), // it is no client of the probe
  )
  socket.on('error', () => undefined) // 'close' follows
  socket.on('close', () => session.close())
}
