import type { Socket } from 'node:net'
import type { Clock } from '../clock/clock.js'
import type { Address } from '../requests/answer.js'
import { type ConnectionsOptions, type ConnectionView, createConnections, type Visitor } from './connections.js'
import { createDoors, type ExtraListener } from './doors.js'
import { createRefusedSocket, createSocketPair, type SocketFactory } from './memory-sockets.js'

export type { ConnectionView } from './connections.js'

export interface BrokerServerOptions extends ConnectionsOptions {
  /** False: in-memory sockets only. */
  readonly tcp: boolean
  readonly host: string
  readonly port: number
  /** Listeners beside the first one. Default: none. */
  readonly listeners?: readonly ExtraListener[]
  readonly maxConnections: number
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
  const { tcp, host, port, listeners = [], maxConnections, clock } = options
  const connections = createConnections(options)
  const { adopt, closeAll } = connections
  let isUp = false
  let starting: Promise<void> | undefined

  const doors = createDoors({
    host,
    port,
    extra: listeners,
    maxConnections,
    onConnection: (socket, advertised) => adopt(visitorOf(socket, advertised)),
  })

  const open = async (): Promise<void> => {
    try {
      if (tcp) await doors.open()
      isUp = true
    } catch (error) {
      closeAll()
      throw error
    }
  }

  return {
    get port() {
      return tcp ? doors.port : memoryPort
    },
    ports: () => doors.ports(),
    socketFactory: createMemoryDoor({
      clock,
      isOpen: () => isUp,
      isFull: () => connections.size >= maxConnections,
      onConnection: adopt,
    }),
    connections: connections.views,
    disconnect: connections.close,
    freeze: connections.freeze,
    thaw: connections.thaw,
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
      connections.freezeNoMore()
      const closing = doors.close()
      closeAll()
      await closing
    },
  }
}

function visitorOf(socket: Socket, advertised: Address | undefined): Visitor {
  const host = socket.remoteAddress ?? 'unknown'
  return { socket, client: `${host}:${socket.remotePort ?? 0}`, host, advertised }
}

interface MemoryDoorParts {
  readonly clock: Clock
  readonly isOpen: () => boolean
  readonly isFull: () => boolean
  readonly onConnection: (visitor: Visitor) => void
}

/** The way in without TCP. Clients are refused as at a port while it is not open, or full. */
function createMemoryDoor({ clock, isOpen, isFull, onConnection }: MemoryDoorParts): SocketFactory {
  return ({ host, port, onConnect }) => {
    if (!isOpen() || isFull()) return createRefusedSocket(clock, host, port)
    const [client, server] = createSocketPair(clock, () => {
      // It may have stopped since: then the other end closes, as where a process ends under a connection.
      if (!isOpen()) return void server.destroy()
      onConnection({ socket: server, client: 'memory', host: '127.0.0.1' })
      onConnect()
    })
    return client
  }
}
