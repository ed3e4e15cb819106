import { connect, type Socket } from 'node:net'
import {
  type ApiName,
  type apis,
  type Decoded,
  decodeResponse,
  type Encodable,
  encodeRequest,
} from '@millrace/broker/protocol'

export interface Address {
  readonly host: string
  readonly port: number
}

export type Asked<N extends ApiName> = Encodable<(typeof apis)[N]['request']>
export type Answered<N extends ApiName> = Decoded<(typeof apis)[N]['response']>

/** What became of a request: closing a connection and saying nothing are answers too. */
export type Outcome<B> =
  | { readonly kind: 'answered'; readonly body: B; readonly tookMs: number }
  | { readonly kind: 'closed' | 'silent'; readonly tookMs: number }

export interface Wait {
  /** How long until saying nothing counts as that. Default 10 s. */
  readonly forMs?: number
}

/** A client of one connection that says exactly what it is told to say. */
export interface RawConnection {
  /** Sends a request and waits for its answer. Several may be under way: answers come in the order of requests. */
  ask<N extends ApiName>(api: N, version: number, body: Asked<N>, wait?: Wait): Promise<Outcome<Answered<N>>>
  /** Sends bytes as they are. */
  write(bytes: Buffer): void
  /** The next answer, read as one of this API and version, whatever was sent for it. */
  read<N extends ApiName>(api: N, version: number, wait?: Wait): Promise<Outcome<Answered<N>>>
  end(): void
}

const usualWaitMs = 10_000

let lastCorrelationId = 0

/** A request as it goes over the wire, with its length. No two have the same correlation id. */
export function frameOf<N extends ApiName>(
  api: N,
  version: number,
  body: Asked<N>,
  clientId: string | null = 'raw',
): Buffer {
  lastCorrelationId += 1
  return encodeRequest(api, { apiVersion: version, correlationId: lastCorrelationId, clientId }, body)
}

const correlationIdOf = (frame: Buffer): number => frame.readInt32BE(8)

/** Rejects where nobody listens. */
export async function connectRaw(address: Address, clientId: string | null = 'raw'): Promise<RawConnection> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const made: Socket = connect({ ...address, noDelay: true }, () => {
      made.off('error', reject)
      resolve(made)
    })
    made.once('error', reject)
  })
  const frames = receiveFrames(socket)
  const read = async <N extends ApiName>(api: N, version: number, wait?: Wait): Promise<Outcome<Answered<N>>> => {
    const outcome = await frames.next(wait?.forMs ?? usualWaitMs)
    if (outcome.kind !== 'answered') return outcome
    return { ...outcome, body: decodeResponse(api, version, outcome.body).body }
  }
  return {
    read,
    write: (bytes) => void socket.write(bytes),
    end: () => void socket.destroy(),
    async ask(api, version, body, wait) {
      const frame = frameOf(api, version, body, clientId)
      socket.write(frame)
      const outcome = await frames.next(wait?.forMs ?? usualWaitMs)
      if (outcome.kind !== 'answered') return outcome
      const { correlationId, body: answer } = decodeResponse(api, version, outcome.body)
      if (correlationId !== correlationIdOf(frame)) {
        throw new Error(`${api} ${version}: correlation id ${correlationId} instead of ${correlationIdOf(frame)}`)
      }
      return { ...outcome, body: answer }
    },
  }
}

type Take = (outcome: Outcome<Buffer>) => void

/** Hands out whole frames in order to those who wait for them in order. */
function receiveFrames(socket: Socket): { next(forMs: number): Promise<Outcome<Buffer>> } {
  let held = Buffer.alloc(0)
  let isOver = false
  const frames: Buffer[] = []
  const waiting: Take[] = []

  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
      const end = 4 + held.readInt32BE(0)
      const frame = held.subarray(4, end)
      held = held.subarray(end)
      const take = waiting.shift()
      if (take === undefined) frames.push(frame)
      else take({ kind: 'answered', body: frame, tookMs: 0 })
    }
  })
  const over = (): void => {
    isOver = true
    for (const take of waiting.splice(0)) take({ kind: 'closed', tookMs: 0 })
  }
  // A reset is a way to close; 'close' follows.
  socket.on('error', () => {})
  socket.once('end', over)
  socket.once('close', over)

  const next = async (forMs: number): Promise<Outcome<Buffer>> => {
    const frame = frames.shift()
    if (frame !== undefined) return { kind: 'answered', body: frame, tookMs: 0 }
    if (isOver) return { kind: 'closed', tookMs: 0 }
    const since = performance.now()
    return new Promise((resolve) => {
      const take: Take = (outcome) => {
        clearTimeout(timer)
        resolve({ ...outcome, tookMs: performance.now() - since })
      }
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(take), 1)
        take({ kind: 'silent', tookMs: forMs })
      }, forMs)
      waiting.push(take)
    })
  }
  return { next }
}
