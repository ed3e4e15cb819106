import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type FaultPlan, untilOver } from './fault-plan.js'
import { createFrameSplitter, readAnswerHeader, readRequestHeader } from './frame-splitter.js'
import type { ActiveFault } from './fault.js'
import { createUnanswered, type Frame } from './unanswered.js'

/** One connection of a client and the one to the broker that stands for it. */
export interface ProxiedConnection {
  readonly node: number
  /** Undefined before the first request. */
  readonly clientId: string | null | undefined
  /** Resets both connections at once. */
  cut(): void
  /** Resolves when both sockets are closed; never rejects. */
  readonly closed: Promise<void>
}

export interface ConnectionParts {
  readonly node: number
  readonly client: Socket
  readonly broker: Socket
  readonly plan: FaultPlan
  /** Sees each frame when it begins; a promise holds the frame, and what stands behind it, until it resolves. */
  readonly onFrame: (frame: Frame, connection: ProxiedConnection, ended: AbortSignal) => Promise<void> | undefined
  /** Told when the first bytes of a frame have been passed on. */
  readonly onPassed: (frame: Frame) => void
}

/** How finely a throttled stream is cut: slices of this much time. */
const sliceMs = 50

/**
 * Carries bytes both ways until both ends have closed. Each way is one loop that reads a chunk, asks the plan about every
 * frame in it, and writes it: while it waits nothing is read, so what is held piles up in the sender's kernel, not here.
 */
export function connectThrough({ node, client, broker, plan, ...told }: ConnectionParts): ProxiedConnection {
  const ended = new AbortController()
  const { signal } = ended
  const unanswered = createUnanswered(node)
  let clientId: string | null | undefined
  const reset = () => {
    ended.abort(new Error('the connection is cut'))
    for (const socket of [client, broker]) {
      if (socket.destroyed) continue
      // A reset of a socket whose end is on its way fails (EINVAL), and then nothing closes it.
      if (socket.writableEnded) socket.destroy()
      else socket.resetAndDestroy()
    }
  }
  // An error of a socket ends its loop as well, and what matters is only that both end.
  for (const socket of [client, broker]) socket.on('error', reset)

  async function carry(direction: Frame['direction'], from: Socket, to: Socket): Promise<void> {
    const split = createFrameSplitter(direction === 'request' ? readRequestHeader : readAnswerHeader)
    let frame: Frame = { direction, api: 'Other', version: 0, correlationId: 0, clientId: null, node }
    let isSwallowed = false
    for await (const read of from) {
      const chunk: Buffer = read
      const arrivedMs = performance.now()
      for (const { header, bytes } of split(chunk)) {
        if (header !== undefined) {
          frame = direction === 'request' ? unanswered.request(header) : unanswered.answer(header)
          if (direction === 'request') clientId = frame.clientId
          await told.onFrame(frame, connection, signal)
          const fate = plan.fateOf(frame)
          if (fate === 'cut') return reset()
          isSwallowed = fate === 'swallow'
        }
        if (isSwallowed) continue
        await plan.admit(frame, arrivedMs, signal)
        await send(to, bytes, plan.throttleOf(frame), { frame, signal })
        if (header !== undefined) told.onPassed(frame)
      }
    }
    await plan.admit(frame, performance.now(), signal) // a black hole swallows the end of a stream, too
    to.end()
  }

  const closed = Promise.all([closeOf(client), closeOf(broker)]).then(() => ended.abort())
  const connection: ProxiedConnection = {
    node,
    get clientId() {
      return clientId
    },
    cut: reset,
    closed,
  }
  carry('request', client, broker).catch(reset)
  carry('answer', broker, client).catch(reset)
  return connection
}

/** Writes with the pace of the reader, or slower where a throttle says so. */
async function send(
  to: Socket,
  bytes: Buffer,
  throttle: ActiveFault | undefined,
  { frame, signal }: { frame: Frame; signal: AbortSignal },
): Promise<void> {
  if (throttle?.what.kind !== 'throttle') return write(to, bytes, signal)
  throttle.strike(frame)
  const { bytesPerSecond } = throttle.what
  const slice = Math.max(1, Math.floor((bytesPerSecond * sliceMs) / 1000))
  for (let at = 0; at < bytes.length; at += slice) {
    const part = bytes.subarray(at, throttle.over.aborted ? bytes.length : at + slice)
    await untilOver(throttle.over, signal, (part.length * 1000) / bytesPerSecond)
    await write(to, part, signal)
    if (at + part.length >= bytes.length) return
  }
}

async function write(to: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (!to.write(bytes)) await once(to, 'drain', { signal })
}

const closeOf = (socket: Socket): Promise<void> =>
  new Promise((resolve) => (socket.closed ? resolve() : socket.once('close', () => resolve())))
