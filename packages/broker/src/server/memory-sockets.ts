import type { Socket } from 'node:net'
import { Duplex } from 'node:stream'
import type { Clock } from '../clock/clock.js'

/** How a client gets a socket: the signature is kafkajs's `socketFactory`. */
export type SocketFactory = (to: { host: string; port: number; ssl?: unknown; onConnect: () => void }) => Socket

/**
 * Two ends of one connection inside the process. Bytes arrive in a later turn of the broker's clock, as they do from a network: whoever
 * writes is never called back in the middle of what it does, and a virtual clock sees that something is on its way.
 */
export function createSocketPair(clock: Clock, onConnect: () => void): [client: Socket, server: Duplex] {
  const client = new MemorySocket(clock)
  const server = new MemorySocket(clock)
  client.connectTo(server)
  server.connectTo(client)
  clock.after(0, () => {
    if (!client.destroyed) onConnect()
  })
  // Clients expect a socket; they use what MemorySocket has of it.
  return [client as unknown as Socket, server]
}

/** A socket that was refused, as where nobody listens. */
export function createRefusedSocket(clock: Clock, host: string, port: number): Socket {
  const socket = new MemorySocket(clock)
  const error = Object.assign(new Error(`connect ECONNREFUSED ${host}:${port}`), {
    code: 'ECONNREFUSED',
    syscall: 'connect',
  })
  clock.after(0, () => void socket.destroy(error))
  return socket as unknown as Socket
}

class MemorySocket extends Duplex {
  #other: MemorySocket | undefined
  /** Ends the write that the other side has not taken yet: this is what holds a fast writer back. */
  #written: (() => void) | undefined
  #otherHungUp = false
  readonly remoteAddress = '127.0.0.1'

  readonly #clock: Clock

  constructor(clock: Clock) {
    super({ allowHalfOpen: false })
    this.#clock = clock
  }

  connectTo(other: MemorySocket): void {
    this.#other = other
  }

  override _read(): void {
    this.#other?.taken()
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#deliver([chunk], done)
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: () => void): void {
    this.#deliver(
      chunks.map(({ chunk }) => chunk),
      done,
    )
  }

  override _final(done: () => void): void {
    this.#clock.after(0, () => {
      this.#other?.hangUp()
      done()
    })
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#clock.after(0, () => {
      this.#other?.hangUp()
      this.#other?.taken()
    })
    done(error)
  }

  /** The other side wants more. */
  taken(): void {
    const written = this.#written
    this.#written = undefined
    written?.()
  }

  hangUp(): void {
    if (this.destroyed || this.#otherHungUp) return
    this.#otherHungUp = true
    this.push(null)
  }

  receive(chunks: readonly Buffer[]): boolean {
    let wantsMore = true
    for (const chunk of chunks) {
      // What arrives after an end is nobody's, as on a network.
      if (this.destroyed || this.#otherHungUp) return true
      wantsMore = this.push(chunk)
    }
    return wantsMore
  }

  #deliver(chunks: readonly Buffer[], done: () => void): void {
    this.#clock.after(0, () => {
      const other = this.#other
      // Copies: what somebody received is theirs to write to, and what was sent may be a view of a log.
      const copies = (): Buffer[] => chunks.map((chunk) => Buffer.from(chunk))
      if (other === undefined || other.destroyed || other.receive(copies())) done()
      else this.#written = done
    })
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
