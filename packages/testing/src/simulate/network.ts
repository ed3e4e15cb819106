/**
 * The connections of a schedule. Each direction is a lane of its own: bytes arrive in order, some time after they were sent, when the
 * scheduler draws them. A connection can be cut with what is on its way: then its requests are lost, or they are applied and the
 * answers are lost.
 */
import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { crc32 } from 'node:zlib'
import { createWay, type Way } from './way.js'
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
  const open = new Set<Connection>()
  const network = world.actor('network')
  let opened = 0

  return {
    connect(client, onConnect) {
      opened += 1
      const connection: SimulatedConnection = new SimulatedConnection({
        ...{ name: `${client.name}/${opened}`, world, client, broker, network },
        ended: () => void open.delete(connection),
      })
      open.add(connection)
      connection.connect(openBrokerEnd, onConnect)
      // It has what clients use of a socket.
      return connection.socket as unknown as Socket
    },
    connectionsOf: (actor) => [...open].filter(({ name }) => name.startsWith(`${actor.name}/`)),
  }
}

interface ConnectionParts {
  readonly name: string
  readonly world: World
  readonly client: Actor
  readonly broker: Actor
  readonly network: Actor
  /** Its client has closed it, or it was cut; told once or twice. */
  readonly ended: () => void
}

/** What its two ends send is tasks of the world. Once it is cut, nothing that is new goes from one end to the other. */
class SimulatedConnection implements Connection {
  readonly name: string
  readonly socket: ClientSocket
  readonly #parts: ConnectionParts
  readonly #out: Way
  readonly #back: Way
  #brokerEnd: Duplex | undefined
  #isCut = false

  constructor(parts: ConnectionParts) {
    const { name, world, client, network, ended } = parts
    this.name = name
    this.#parts = parts
    this.#out = createWay(world, network, this.#lane('out'))
    this.#back = createWay(world, client, this.#lane('in'))
    this.socket = new ClientSocket({
      send: (chunk) => {
        if (this.#isCut) return
        this.#toBroker(`-> ${chunk.length} bytes ${crc32(chunk)}`, () => void this.#brokerEnd?.write(chunk))
      },
      end: () => this.#toBroker('-> end', () => void this.#brokerEnd?.end()),
      destroyed: () => {
        ended()
        if (!this.#isCut) this.#toBroker('-> closed', () => void this.#brokerEnd?.destroy())
      },
    })
  }

  connect(open: OpenBrokerEnd, onConnect: () => void): void {
    this.#toBroker('-> connect', () => {
      this.#brokerEnd = open(() => this.#answer('<- connected', () => this.socket.connected(onConnect)))
      this.#listen(this.#brokerEnd)
    })
  }

  cut(lost: 'requests' | 'answers'): void {
    this.#breakOff(lost, () =>
      this.#toClient('<- reset', () => {
        this.socket.destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET', syscall: 'read' }))
      }),
    )
  }

  abandon(lost: 'requests' | 'answers'): void {
    this.#breakOff(lost, () => undefined)
  }

  #listen(end: Duplex): void {
    end.on('data', (chunk: Buffer) =>
      this.#answer(`<- ${chunk.length} bytes ${crc32(chunk)}`, () => this.socket.receive(chunk)),
    )
    end.on('end', () => this.#answer('<- end', () => this.socket.receive(null)))
    end.on('error', (error) => this.#answer(`<- ${error.message}`, () => void this.socket.destroy(error)))
  }

  #breakOff(lost: 'requests' | 'answers', then: () => void): void {
    if (this.#isCut) return
    this.#isCut = true
    const { world, ended } = this.#parts
    ended()
    const gone = lost === 'requests' ? [this.#lane('in'), this.#lane('out')] : [this.#lane('in')]
    world.cancel(({ lane }) => gone.includes(lane))
    this.#toBroker('-> broken off', () => {
      this.#brokerEnd?.destroy()
      then()
    })
  }

  #answer(label: string, call: () => void): void {
    if (!this.#isCut) this.#toClient(label, call)
  }

  #toClient(label: string, call: () => void): void {
    this.#back(`${this.name} ${label}`, call)
  }

  #toBroker(label: string, call: () => void): void {
    const { world, broker } = this.#parts
    this.#out(`${this.name} ${label}`, () => world.inside(broker, call))
  }

  #lane(direction: 'in' | 'out'): string {
    return `${this.name} ${direction}`
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
