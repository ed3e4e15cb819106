import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { ISocketFactory } from 'kafkajs'
import type { ConnectionOptions } from './connection-options.js'

/** Every socket of one client, so that closing never has to wait for kafkajs, which waits for its pending requests. */
export interface TrackedSockets {
  readonly factory: ISocketFactory
  /** Breaks the connections to one broker: their requests fail now, the next one connects again. */
  drop(address: { readonly host: string; readonly port: number }): void
  /** Breaks all connections; no new one is made. */
  close(): void
}

const KEEP_ALIVE_DELAY_MS = 60_000

export function trackSockets(ssl: ConnectionOptions['ssl']): TrackedSockets {
  const open = new Map<Socket, string>()
  let isClosed = false

  const breakThose = (isMeant: (address: string) => boolean): void => {
    // kafkajs hears 'error', not 'close': without an error its requests would wait for their time-outs.
    for (const [socket, address] of open) if (isMeant(address)) socket.destroy(new Error('connection given up'))
  }
  return {
    factory({ host, port, onConnect }) {
      if (isClosed) throw new Error('the client is closed')
      const servername = isIP(host) === 0 ? { servername: host } : {}
      const socket =
        ssl === undefined || ssl === false
          ? connectTcp({ host, port }, onConnect)
          : connectTls({ host, port, ...servername, ...(ssl === true ? {} : ssl) }, onConnect)
      socket.setKeepAlive(true, KEEP_ALIVE_DELAY_MS)
      open.set(socket, `${host}:${port}`)
      socket.once('close', () => open.delete(socket))
      return socket
    },
    drop: ({ host, port }) => breakThose((address) => address === `${host}:${port}`),
    close() {
      isClosed = true
      breakThose(() => true)
    },
  }
}
