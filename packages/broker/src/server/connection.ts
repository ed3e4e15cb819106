/**
 * One client's connection. Its states:
 *
 * - reading: frames are taken in the order in which they came, one at a time, each from decoding to answer in one turn;
 * - working: the frame in work is parked or delayed. What arrives meanwhile is kept, up to a bound, and the socket is not read
 *   beyond it, so that the client is held back by TCP and not by our memory;
 * - draining: an answer was written that the client has not taken yet. The next frame waits for that, as in Kafka: a client that never
 *   reads costs one answer, and after a while its connection;
 * - stalled (a fault): it stays open and what arrives is thrown away, so that the client's end is still noticed;
 * - frozen, beside any of these: as in a stopped process nothing is read, handled or answered. What was parked and is resolved
 *   meanwhile is answered when it thaws;
 * - ending: what was written is on its way, then the socket closes;
 * - closed: what was parked is dropped. That concerns the request only, never the member behind it.
 */
import type { Duplex } from 'node:stream'
import type { CancelTimer, Clock } from '../clock/clock.js'
import type { ConnectionEnd } from '../observe/broker-events.js'
import { Parked } from '../requests/answer.js'
import { createFrameSplitter, type FrameSplitter } from './frame-splitter.js'

/** What becomes of one frame: bytes for the client, if any, and how its connection goes on. */
export interface Reply {
  readonly bytes?: Buffer | undefined
  /** What follows them: views of logs, which are never written to. */
  readonly more?: readonly Buffer[]
  readonly next: 'go on' | 'stall' | { readonly close: ConnectionEnd }
  /** The client is throttled: so long nothing more is read from it. */
  readonly muteMs?: number
}

export interface ConnectionLimits {
  readonly maxFrameBytes: number
  /** What may wait behind a request in work. */
  readonly maxQueuedBytes: number
  /** How long an answer may lie unread. */
  readonly maxUnreadMs: number
}

export interface ConnectionParts {
  readonly id: number
  readonly socket: Duplex
  readonly clock: Clock
  readonly limits: ConnectionLimits
  handle(frame: Buffer): Reply | Parked<Reply>
  onClosed(reason: ConnectionEnd): void
}

/** How long what was written last may take to leave before the socket is closed all the same. */
const lastWordsMs = 1000

export class Connection {
  readonly #parts: ConnectionParts
  #frames: FrameSplitter
  #state: 'reading' | 'working' | 'draining' | 'stalled' | 'ending' | 'closed' = 'reading'
  #parked: Parked<Reply> | undefined
  #cancelTimer: CancelTimer | undefined
  #inTurn = false
  #isFrozen = false
  /** What was parked, resolved while it was frozen. */
  #late: Reply | undefined

  constructor(parts: ConnectionParts) {
    this.#parts = parts
    this.#frames = createFrameSplitter(parts.limits.maxFrameBytes)
    const { socket } = parts
    socket.on('data', (chunk: Buffer) => this.#received(chunk))
    socket.on('drain', () => this.#drained())
    socket.on('end', () => this.close('client'))
    // A reset and its kin: 'close' follows, and the client has gone either way.
    socket.on('error', () => this.close('client'))
    socket.on('close', () => this.close('client'))
  }

  get isWorking(): boolean {
    return this.#state === 'working'
  }

  freeze(): void {
    this.#isFrozen = true
    this.#parts.socket.pause()
  }

  thaw(): void {
    this.#isFrozen = false
    const late = this.#late
    this.#late = undefined
    if (this.#state === 'closed') return
    if (late !== undefined) this.#answerLate(late)
    this.#goOn()
    this.#holdBack()
  }

  /** At once; what is parked is dropped. */
  close(reason: ConnectionEnd): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#cancelTimer?.()
    const parked = this.#parked
    this.#parked = undefined
    // Whoever still holds the other end of a socket in memory holds this too: not what arrived on it.
    this.#frames = createFrameSplitter(this.#parts.limits.maxFrameBytes)
    this.#parts.socket.destroy()
    parked?.drop()
    this.#parts.onClosed(reason)
  }

  #received(chunk: Buffer): void {
    if (this.#state === 'ending' || this.#state === 'closed' || this.#state === 'stalled') return
    this.#frames.push(chunk)
    this.#work()
    this.#holdBack()
  }

  /** Stops reading while more waits than may wait, and goes on once it is less. */
  #holdBack(): void {
    const { socket, limits } = this.#parts
    const isFull = this.#state !== 'reading' && this.#frames.bufferedBytes > limits.maxQueuedBytes
    const isHeld = this.#isFrozen || isFull
    if (isHeld && !socket.isPaused()) socket.pause()
    else if (!isHeld && socket.isPaused()) socket.resume()
  }

  #work(): void {
    // A handler may wake what is parked here: its next frame has to wait until that handler's turn is over.
    if (this.#inTurn || this.#isFrozen) return
    this.#inTurn = true
    this.#parts.socket.cork()
    try {
      while (this.#state === 'reading') {
        const frame = this.#frames.next()
        if (frame === undefined) break
        if (frame === 'malformed') this.#end('protocol')
        else this.#take(frame)
      }
    } finally {
      this.#parts.socket.uncork()
      this.#inTurn = false
    }
  }

  #take(frame: Buffer): void {
    const reply = this.#parts.handle(frame)
    if (this.#state === 'closed') {
      // Whoever listens to the broker may have ended this connection while it was being handled.
      if (reply instanceof Parked) reply.drop()
      return
    }
    if (!(reply instanceof Parked)) {
      this.#finish(reply)
      return
    }
    this.#state = 'working'
    this.#parked = reply
    reply.deliverTo((late) => {
      if (this.#parked !== reply) return
      this.#parked = undefined
      if (this.#isFrozen) {
        this.#late = late
        return
      }
      this.#answerLate(late)
      // Whoever resolved this is in the middle of a change: the next frame is handled in a turn of its own.
      queueMicrotask(() => this.#goOn())
    })
  }

  #answerLate(late: Reply): void {
    this.#state = 'reading'
    this.#finish(late)
  }

  #goOn(): void {
    if (this.#state !== 'reading') return
    this.#work()
    this.#holdBack()
  }

  #finish({ bytes, more = [], next, muteMs }: Reply): void {
    const { socket } = this.#parts
    // One call to the system for all pieces.
    socket.cork()
    let isTaken = bytes === undefined || socket.write(bytes)
    for (const piece of more) isTaken = socket.write(piece)
    socket.uncork()
    if (next === 'stall') {
      this.#state = 'stalled'
    } else if (next !== 'go on') {
      this.#end(next.close)
    } else if (muteMs !== undefined && muteMs > 0) {
      this.#state = 'working'
      this.#cancelTimer = this.#parts.clock.after(muteMs, () => this.#unmute())
    } else if (!isTaken && socket.writableNeedDrain) {
      this.#awaitReader()
    }
  }

  /** A throttled client has to take its answers as well. */
  #unmute(): void {
    if (this.#parts.socket.writableNeedDrain) this.#awaitReader()
    else this.#resume()
  }

  #awaitReader(): void {
    const { clock, limits } = this.#parts
    this.#state = 'draining'
    this.#cancelTimer = clock.after(limits.maxUnreadMs, () => this.close('stalled'))
  }

  #drained(): void {
    if (this.#state === 'draining') this.#resume()
  }

  #resume(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#state = 'reading'
    this.#goOn()
  }

  /** Closes once everything that was written before is on its way. */
  #end(reason: ConnectionEnd): void {
    const { socket, clock } = this.#parts
    if (socket.writableLength === 0) return this.close(reason)
    this.#state = 'ending'
    this.#cancelTimer = clock.after(lastWordsMs, () => this.close(reason))
    socket.end(() => this.close(reason))
  }
}
