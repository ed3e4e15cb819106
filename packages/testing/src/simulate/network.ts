/**
 * The connections of a schedule. Each direction is a lane of its own: bytes arrive in order, some time after they were sent, when the
 * scheduler draws them. A connection can be cut with what is on its way: then its requests are lost, or they are applied and the
 * answers are lost.
 */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { crc32 } from 'node:zlib'
import { createWay } from './way.js'
import type { Actor, World } from './world.js'

/** The broker's end of a new connection; what it does is done in the name of the broker. */
export type OpenBrokerEnd = (onConnect: () => void) => Duplex

export interface Network {
  connect(actor: Actor, onConnect: () => void): Socket
  /** Open connections of an actor, in the order in which they were opened. */
  connectionsOf(actor: Actor): readonly Connection[]
}

export interface Connection {
  readonly name: string
  /** The client hears of it some time later. */
  cut(lost: 'requests' | 'answers'): void
  /** Its client is dead: what is on its way arrives, or not. */
  abandon(lost: 'requests' | 'answers'): void
}

export function createNetwork(world: World, broker: Actor, openBrokerEnd: OpenBrokerEnd): Network {
  const open = new Map<ClientSocket, Connection>()
  const wire = world.actor('network')
  let opened = 0

  function connect(actor: Actor, onConnect: () => void): Socket {
    opened += 1
    const name = `${actor.name}/${opened}`
    let brokerEnd: Duplex | undefined
    let isCut = false

    const out = createWay(world, wire, `${name} out`)
    const back = createWay(world, actor, `${name} in`)
    const toBroker = (label: string, call: () => void): void =>
      out(`${name} ${label}`, () => world.inside(broker, call))
    const toClient = (label: string, call: () => void): void => back(`${name} ${label}`, call)
    const isOut = ({ lane }: { readonly lane: string }): boolean => lane === `${name} out`

    const socket = new ClientSocket({
      send: (chunk) => {
        if (!isCut) toBroker(`-> ${chunk.length} bytes ${crc32(chunk)}`, () => void brokerEnd?.write(chunk))
      },
      end: () => toBroker('-> end', () => void brokerEnd?.end()),
      destroyed: () => {
        open.delete(socket)
        if (!isCut) toBroker('-> closed', () => void brokerEnd?.destroy())
      },
    })

    const listen = (end: Duplex): void => {
      end.on('data', (chunk: Buffer) => {
        if (!isCut) toClient(`<- ${chunk.length} bytes ${crc32(chunk)}`, () => socket.receive(chunk))
      })
      end.on('end', () => {
        if (!isCut) toClient('<- end', () => socket.receive(null))
      })
      end.on('error', (error) => {
        if (!isCut) toClient(`<- ${error.message}`, () => void socket.destroy(error))
      })
    }
    const breakOff = (lost: 'requests' | 'answers', then: () => void): void => {
      if (isCut) return
      isCut = true
      open.delete(socket)
      world.cancel(({ lane }) => lane === `${name} in` || (lost === 'requests' && isOut({ lane })))
      toBroker('-> broken off', () => {
        brokerEnd?.destroy()
        then()
      })
    }

    toBroker('-> connect', () => {
      brokerEnd = openBrokerEnd(() => {
        if (!isCut) toClient('<- connected', () => socket.connected(onConnect))
      })
      listen(brokerEnd)
    })
    const reset = (): void =>
      toClient('<- reset', () =>
        socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' })),
      )
    open.set(socket, { name, cut: (lost) => breakOff(lost, reset), abandon: (lost) => breakOff(lost, () => undefined) })
    // It has what clients use of a socket.
    return socket as unknown as Socket
  }

  return {
    connect,
    connectionsOf: (actor) =>
      [...open].filter(([, { name }]) => name.startsWith(`${actor.name}/`)).map(([, connection]) => connection),
  }
}

interface Wire {
  readonly send: (chunk: Buffer) => void
  readonly end: () => void
  readonly destroyed: () => void
}

class ClientSocket extends Duplex {
  readonly remoteAddress = '127.0.0.1'
  connecting = true
  readonly #wire: Wire

  constructor(wire: Wire) {
    super({ allowHalfOpen: false })
    this.#wire = wire
  }

  connected(onConnect: () => void): void {
    if (this.destroyed) return
    this.connecting = false
    onConnect()
    this.emit('connect')
  }

  receive(chunk: Buffer | null): void {
    if (!this.destroyed && !this.readableEnded) this.push(chunk)
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#wire.send(chunk)
    done()
  }

  override _final(done: () => void): void {
    this.#wire.end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#wire.destroyed()
    done(error)
  }

  // What clients call on a TCP socket and what means nothing here.
  setKeepAlive(): this {
    return this
  }
  setNoDelay(): this {
    return this
  }
  setTimeout(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }
}
