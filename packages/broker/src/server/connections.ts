import type { Duplex } from 'node:stream'
import type { Clock } from '../clock/clock.js'
import type { BrokerEvent } from '../observe/broker-events.js'
import type { Address } from '../requests/answer.js'
import { Connection, type ConnectionLimits } from './connection.js'
import type { Dispatch, Peer } from './dispatch.js'

export interface ConnectionsOptions {
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

/** Who came in, and where. */
export interface Visitor {
  readonly socket: Duplex
  /** Address and port; `memory` for an in-memory socket. */
  readonly client: string
  readonly host: string
  /** What it is told to connect to, where that is not the broker's own address. */
  readonly advertised?: Address | undefined
}

/** The connections that are open, whichever way they came. */
export interface Connections {
  readonly size: number
  readonly views: () => ConnectionView[]
  readonly adopt: (visitor: Visitor) => void
  /** Ends this one; false where it has gone. */
  readonly close: (id: number) => boolean
  readonly closeAll: () => void
  /** Those that are here, and those that come until `thaw`. */
  readonly freeze: () => void
  readonly thaw: () => void
  /** Who comes from now on is not frozen; who is here stays so. */
  readonly freezeNoMore: () => void
}

export function createConnections(options: ConnectionsOptions): Connections {
  const open = new Map<number, { connection: Connection; peer: Peer }>()
  let isFrozen = false
  let lastId = 0

  return {
    get size() {
      return open.size
    },
    views: () => [...open].map(([id, { connection, peer }]) => viewOf(id, connection, peer)),
    adopt({ socket, client, host, advertised }) {
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
          open.delete(id)
          options.emit({ kind: 'connection.closed', connectionId: id, reason })
        },
      })
      open.set(id, { connection, peer })
      if (isFrozen) connection.freeze()
      options.emit({ kind: 'connection.opened', connectionId: id, client })
    },
    close(id) {
      const found = open.get(id)
      found?.connection.close('broker')
      return found !== undefined
    },
    closeAll() {
      for (const { connection } of [...open.values()]) connection.close('broker')
    },
    freeze() {
      isFrozen = true
      for (const { connection } of open.values()) connection.freeze()
    },
    thaw() {
      isFrozen = false
      for (const { connection } of [...open.values()]) connection.thaw()
    },
    freezeNoMore() {
      isFrozen = false
    },
  }
}

const viewOf = (id: number, connection: Connection, { client, clientId }: Peer): ConnectionView => ({
  id,
  client,
  clientId,
  isWorking: connection.isWorking,
})
