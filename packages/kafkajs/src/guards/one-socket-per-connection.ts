import kafkajs from 'kafkajs'
import { hasMethods, isObject, unsupported } from '../internals.js'
import type { ShippedGuard } from './guard.js'
import { loadTrustedSource } from './kafkajs-source.js'

const LENGTH_BYTES = 4

interface Connection {
  chunks: Buffer[]
  bytesBuffered: number
  bytesNeeded: number
  socket: object | undefined
  readonly host: string
  readonly port: number
  isConnected(): boolean
  rejectRequests(error: Error): void
  connect: (this: Connection) => Promise<unknown>
  disconnect: (this: Connection) => Promise<unknown>
}

let isInstalled = false
const connecting = new WeakMap<Connection, Promise<unknown>>()

/**
 * A connection has one socket at a time and begins with an empty read buffer. kafkajs opens a second socket when two
 * requests meet while it is down, and keeps the first half of an answer whose socket broke: the next socket's bytes would
 * be appended to it and read as nonsense. And a connection without a socket has no open request: kafkajs lets requests
 * through while a connection is on its way down, also when it was down before, and nobody tells them that it is.
 */
export const oneSocketPerConnection: ShippedGuard = {
  name: 'one-socket-per-connection',
  why: 'kafkajs opens a second socket when two requests meet on a connection that is down, and keeps half an answer of a broken socket. It forgets requests that meet a disconnect. With it a connection has one socket at a time, begins with an empty buffer, and ends with no request open.',
  install() {
    if (isInstalled) return
    const prototype = loadPrototype()
    const connect = prototype.connect
    prototype.connect = function (this: Connection) {
      if (this.isConnected()) return Promise.resolve(true)
      const running = connecting.get(this)
      if (running !== undefined) return running
      this.chunks = []
      this.bytesBuffered = 0
      this.bytesNeeded = LENGTH_BYTES
      const attempt = connect.call(this).finally(() => connecting.delete(this))
      connecting.set(this, attempt)
      return attempt
    }
    const disconnect = prototype.disconnect
    prototype.disconnect = async function (this: Connection) {
      const { socket } = this
      // Once more would make it look open until that is done.
      if (socket === undefined && !this.isConnected()) return true
      await disconnect.call(this)
      if (this.socket !== socket) return true
      // kafkajs ends the same socket again at every later call, and listens to it once more each time.
      this.socket = undefined
      this.rejectRequests(
        new kafkajs.KafkaJSConnectionError('Closed connection', { broker: `${this.host}:${this.port}` }),
      )
      return true
    }
    isInstalled = true
  },
}

function loadPrototype(): Connection {
  const ConnectionClass = loadTrustedSource('network/connection.js')
  const prototype: unknown = typeof ConnectionClass === 'function' ? ConnectionClass.prototype : undefined
  if (!isConnection(prototype)) throw unsupported('its Connection has another shape')
  return prototype
}

const isConnection = (found: unknown): found is Connection =>
  isObject(found) && hasMethods(found, ['connect', 'disconnect', 'isConnected', 'processData', 'rejectRequests'])
