import { createServer, type Server, type Socket } from 'node:net'

export interface ListenerOptions {
  readonly host: string
  /** 0: any that is free. */
  readonly port: number
  readonly maxConnections: number
  readonly onConnection: (socket: Socket) => void
}

export interface Listener {
  /** The port that it really has. */
  readonly port: number
  /** Takes no more connections. Those that are there are their owner's to close. */
  close(): Promise<void>
}

/** Listens on TCP. Rejects with Node's own error where the port is taken or the host is not ours. */
export async function listen({ host, port, maxConnections, onConnection }: ListenerOptions): Promise<Listener> {
  // Answers are small and waited for: Nagle's algorithm would hold them back.
  const server = createServer({ noDelay: true }, onConnection)
  server.maxConnections = maxConnections
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      resolve()
    })
  })
  // One connection that could not be accepted (out of file descriptors) is no reason to end the process.
  server.on('error', () => {})
  return { port: portOf(server), close: () => closed(server) }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('A TCP server has an address and a port.')
  return address.port
}

const closed = (server: Server): Promise<void> => new Promise((resolve) => void server.close(() => resolve()))
