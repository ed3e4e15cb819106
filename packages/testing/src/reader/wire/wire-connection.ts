import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import {
  type Api,
  type ApiName,
  apis,
  type Decoded,
  decodeResponse,
  type Encodable,
  encodeRequest,
} from '@millrace/broker/protocol'
import { disconnected, KafkaRefusal, timedOut } from './kafka-refusal.js'

export type Asked<N extends ApiName> = Encodable<(typeof apis)[N]['request']>
export type Answered<N extends ApiName> = Decoded<(typeof apis)[N]['response']>

/** One connection to one node. Requests may overlap; their answers come in order. */
export interface WireConnection {
  readonly isOpen: boolean
  /** In the newest version that both sides have. Rejects where the connection or the signal ends first. */
  ask<N extends ApiName>(api: N, body: Asked<N>, signal: AbortSignal): Promise<Answered<N>>
  /** Without an answer: Produce with `acks=0`. */
  tell<N extends ApiName>(api: N, body: Asked<N>): void
  close(): void
}

interface Waiting {
  readonly deliver: (frame: Buffer) => void
  readonly fail: (error: Error) => void
}

type Versions = ReadonlyMap<number, readonly [first: number, last: number]>

export async function openWireConnection(
  { host, port, clientId }: { readonly host: string; readonly port: number; readonly clientId: string },
  signal: AbortSignal,
): Promise<WireConnection> {
  const where = `${host}:${port}`
  const socket = connect({ host, port, noDelay: true })
  try {
    await once(socket, 'connect', { signal })
  } catch (cause) {
    socket.destroy()
    throw signal.aborted ? timedOut(`no connection to ${where}`, cause) : disconnected(where, cause)
  }
  const wire = createWire(socket, where, clientId)
  try {
    const { errorCode, apiKeys } = await wire.ask('ApiVersions', 0, {}, signal)
    if (errorCode !== 0) throw disconnected(`${where} answered ApiVersions with ${errorCode}`)
    const versions: Versions = new Map(apiKeys.map((one) => [one.apiKey, [one.minVersion, one.maxVersion]]))
    return {
      get isOpen() {
        return !socket.destroyed
      },
      ask: (api, body, limit) => wire.ask(api, versionOf(api, versions), body, limit),
      tell: (api, body) => wire.tell(api, versionOf(api, versions), body),
      close: () => void socket.destroy(),
    }
  } catch (error) {
    socket.destroy()
    throw error
  }
}

/** The newest one that both sides have; the tables know a few that are there for comparison alone. */
function versionOf(name: ApiName, versions: Versions): number {
  const { key, accepted }: Api = apis[name]
  const [first, last] = versions.get(key) ?? [0, -1]
  const version = Math.min(last, accepted[1])
  if (version >= Math.max(first, accepted[0])) return version
  throw new KafkaRefusal('UnsupportedVersionException', `the node has no version of ${name} that the probe has`)
}

function createWire(socket: Socket, where: string, clientId: string) {
  const waiting = new Map<number, Waiting>()
  let lastId = 0

  const failAll = (cause?: unknown): void => {
    for (const { fail } of waiting.values()) fail(disconnected(where, cause))
    waiting.clear()
  }
  socket.on('error', failAll)
  socket.on('close', () => failAll())
  socket.on(
    'data',
    createFrameReader((frame) => {
      const id = frame.readInt32BE(0)
      const found = waiting.get(id)
      waiting.delete(id)
      found?.deliver(frame) // else it was given up meanwhile
    }),
  )

  const send = <N extends ApiName>(api: N, apiVersion: number, body: Asked<N>): number => {
    lastId += 1
    socket.write(encodeRequest(api, { apiVersion, correlationId: lastId, clientId }, body))
    return lastId
  }
  return {
    tell: <N extends ApiName>(api: N, version: number, body: Asked<N>): void => void send(api, version, body),
    ask: <N extends ApiName>(api: N, version: number, body: Asked<N>, signal: AbortSignal): Promise<Answered<N>> =>
      new Promise((resolve, reject) => {
        if (signal.aborted || socket.destroyed) {
          reject(signal.aborted ? timedOut(`${api} was not sent`) : disconnected(where))
          return
        }
        const id = send(api, version, body)
        const finish = (act: () => void): void => {
          signal.removeEventListener('abort', giveUp)
          waiting.delete(id)
          act()
        }
        const giveUp = (): void => finish(() => reject(timedOut(`${where} did not answer ${api} in time`)))
        signal.addEventListener('abort', giveUp)
        waiting.set(id, {
          deliver: (frame) => finish(() => resolve(decodeResponse(api, version, frame).body)),
          fail: (error) => finish(() => reject(error)),
        })
      }),
  }
}

/** Cuts the stream at int32 lengths; a frame comes without its length. */
function createFrameReader(onFrame: (frame: Buffer) => void): (chunk: Buffer) => void {
  let chunks: Buffer[] = []
  let held = 0
  return (chunk) => {
    chunks.push(chunk)
    held += chunk.length
    const [first] = chunks
    // A large frame comes in many chunks: they are put together once.
    if (first !== undefined && first.length >= 4 && held < 4 + first.readInt32BE(0)) return
    let rest = chunks.length === 1 ? chunk : Buffer.concat(chunks)
    while (rest.length >= 4 && rest.length >= 4 + rest.readInt32BE(0)) {
      const end = 4 + rest.readInt32BE(0)
      onFrame(rest.subarray(4, end))
      rest = rest.subarray(end)
    }
    chunks = rest.length === 0 ? [] : [rest]
    held = rest.length
  }
}
