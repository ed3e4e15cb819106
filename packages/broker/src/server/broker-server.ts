import type { Duplex } from 'node:stream'
import type { Clock } from '../clock/clock.js'
import type { BrokerEvent } from '../observe/broker-events.js'
import type { Address } from '../requests/answer.js'
import { Connection, type ConnectionLimits } from './connection.js'
import type { Dispatch, Peer } from './dispatch.js'
import { createDoors, type ExtraListener } from './doors.js'
import { createRefusedSocket, createSocketPair, type SocketFactory } from './memory-sockets.js'

export interface BrokerServerOptions {
  /** False: in-memory sockets only. */
  readonly tcp: boolean
  readonly host: string
  readonly port: number
  /** Listeners beside the first one. Default: none. */
  readonly listeners?: readonly ExtraListener[]
  readonly maxConnections: number
  readonly limits: ConnectionLimits
  readonly clock: Clock
  readonly dispatch: Dispatch
  emit(event: BrokerEvent): void
}

export interface ConnectionView {
  readonly id: number
  /** Address and port of the client; `memory` for an in-memory socket. */
  readonly client: string
  /** As in its last request. */
  readonly clientId: string
  /** Whether a request of its is parked or delayed. */
  readonly isWorking: boolean
}

export interface BrokerServer {
  /** What it listens on; the first start chooses it where the option was 0, and later starts take it again. */
  readonly port: number
  /** Of the extra listeners, by name. */
  ports(): Readonly<Record<string, number>>
  readonly socketFactory: SocketFactory
  connections(): ConnectionView[]
  /** Ends this one; false where it has gone. */
  disconnect(id: number): boolean
  /** As in a stopped process, every connection stays and new ones are taken, and nothing is read or answered until `thaw` or a stop. */
  freeze(): void
  thaw(): void
  start(): Promise<void>
  /** Closes the listener and every connection. What the broker holds stays. */
  stop(): Promise<void>
}

/** Without TCP, clients still want a port in an address. */
const memoryPort = 9092

/** Every connection of one broker, over TCP and in memory, and its way to be away and to come back. */
export function createBrokerServer(options: BrokerServerOptions): BrokerServer {
  const connections = new Map<number, { connection: Connection; peer: Peer }>()
  let isUp = false
  let isFrozen = false
  let lastId = 0
  let starting: Promise<void> | undefined

  const adopt = (socket: Duplex, client: string, host: string, advertised?: Address): void => {
    lastId += 1
    const id = lastId
    const peer: Peer = { connectionId: id, client, clientHost: `/${host}`, clientId: '', advertised }
    const connection = new Connection({
      id,
      socket,
      clock: options.clock,
      limits: options.limits,
      handle: (frame) => options.dispatch(frame, peer),
      onClosed: (reason) => {
        connections.delete(id)
        options.emit({ kind: 'connection.closed', connectionId: id, reason })
      },
    })
    connections.set(id, { connection, peer })
    if (isFrozen) connection.freeze()
    options.emit({ kind: 'connection.opened', connectionId: id, client })
  }

  const doors = createDoors({
    host: options.host,
    port: options.port,
    extra: options.listeners ?? [],
    maxConnections: options.maxConnections,
    onConnection: (socket, advertised) => {
      const host = socket.remoteAddress ?? 'unknown'
      adopt(socket, `${host}:${socket.remotePort ?? 0}`, host, advertised)
    },
  })

  const closeAll = (): void => {
    for (const { connection } of [...connections.values()]) connection.close('broker')
  }

  const open = async (): Promise<void> => {
    try {
      if (options.tcp) await doors.open()
      isUp = true
    } catch (error) {
      closeAll()
      throw error
    }
  }

  return {
    get port() {
      return options.tcp ? doors.port : memoryPort
    },
    ports: () => doors.ports(),
    socketFactory: ({ host, port: toPort, onConnect }) => {
      if (!isUp || connections.size >= options.maxConnections) return createRefusedSocket(options.clock, host, toPort)
      const [client, server] = createSocketPair(options.clock, () => {
        // It may have stopped since: then the other end closes, as where a process ends under a connection.
        if (!isUp) return void server.destroy()
        adopt(server, 'memory', '127.0.0.1')
        onConnect()
      })
      return client
    },
    connections: () => [...connections].map(([id, { connection, peer }]) => viewOf(id, connection, peer)),
    disconnect(id) {
      const found = connections.get(id)
      found?.connection.close('broker')
      return found !== undefined
    },
    freeze() {
      isFrozen = true
      for (const { connection } of connections.values()) connection.freeze()
    },
    thaw() {
      isFrozen = false
      for (const { connection } of [...connections.values()]) connection.thaw()
    },
    start() {
      if (isUp) return Promise.resolve()
      starting ??= open().finally(() => {
        starting = undefined
      })
      return starting
    },
    async stop() {
      // One that fails to start has nothing to stop; its caller hears why.
      if (starting !== undefined) await starting.catch(() => {})
      if (!isUp) return
      isUp = false
      isFrozen = false
      const closing = doors.close()
      closeAll()
      await closing
    },
  }
}

const viewOf = (id: number, connection: Connection, { client, clientId }: Peer): ConnectionView => ({
  id,
  client,
  clientId,
  isWorking: connection.isWorking,
})
