import { hasMethods, isObject, unsupported } from '../internals.js'
import type { ShippedGuard } from './guard.js'
import { loadTrustedSource } from './kafkajs-source.js'

const LENGTH_BYTES = 4

interface Connection {
  chunks: Buffer[]
  bytesBuffered: number
  bytesNeeded: number
  socket: object | undefined
  isConnected(): boolean
  connect: (this: Connection) => Promise<unknown>
  disconnect: (this: Connection) => Promise<unknown>
}

let isInstalled = false
const connecting = new WeakMap<Connection, Promise<unknown>>()

/**
 * A connection has one socket at a time and begins with an empty read buffer. kafkajs opens a second socket when two
 * requests meet while it is down, and keeps the first half of an answer whose socket broke: the next socket's bytes would
 * be appended to it and read as nonsense.
 */
export const oneSocketPerConnection: ShippedGuard = {
  name: 'one-socket-per-connection',
  why: 'kafkajs opens a second socket when two requests meet on a connection that is down, and keeps half an answer of a broken socket. With it a connection has one socket at a time and begins with an empty buffer.',
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
      await disconnect.call(this)
      // kafkajs ends the same socket again at every later call, and listens to it once more each time.
      if (this.socket === socket) this.socket = undefined
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
  isObject(found) && hasMethods(found, ['connect', 'disconnect', 'isConnected', 'processData'])
