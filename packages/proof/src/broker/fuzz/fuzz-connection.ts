import type { Broker } from '@millrace/broker'
import { type ApiName, apis, decodeResponse, findApi, isAccepted, readRequestHeader } from '@millrace/broker/protocol'

interface Sent {
  readonly api: ApiName
  readonly apiVersion: number
}

/** One connection that says what it likes, and looks whether what comes back is an answer at all. */
export interface FuzzConnection {
  readonly isClosed: boolean
  /** Bytes of an answer, or of several. */
  readonly answers: number
  /** What came back and was no answer to anything: a defect of the broker. */
  readonly nonsense: readonly string[]
  write(pieces: readonly Buffer[]): void
  destroy(): void
}

/** Over memory, at once: the broker sees it in its next turn. */
export function openFuzzConnection(broker: Pick<Broker, 'socketFactory'>): FuzzConnection {
  const sent = new Map<number, Sent>()
  const nonsense: string[] = []
  let held: Buffer = Buffer.alloc(0)
  let answers = 0
  let isClosed = false
  const socket = broker.socketFactory({ host: 'memory', port: 9092, onConnect: () => {} })
  const over = (): void => {
    isClosed = true
  }
  const take = (frame: Buffer): void => {
    answers += 1
    const request = sent.get(frame.readInt32BE(0))
    // An ApiVersions of an unknown version is answered in version 0; what answers a frame that we cut ourselves is not known.
    if (request === undefined) return
    try {
      decodeResponse(request.api, request.apiVersion, frame)
    } catch (error) {
      nonsense.push(
        `${request.api} ${request.apiVersion} was answered by ${frame.toString('hex').slice(0, 200)}: ${String(error)}`,
      )
    }
  }
  socket.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
      const end = 4 + held.readInt32BE(0)
      take(held.subarray(4, end))
      held = held.subarray(end)
    }
  })
  socket.on('end', over)
  socket.on('close', over)
  // Ends of the other side are what this is about.
  socket.on('error', over)
  return {
    get isClosed() {
      return isClosed
    },
    get answers() {
      return answers
    },
    nonsense,
    write(pieces) {
      note(Buffer.concat(pieces), sent)
      for (const piece of pieces) socket.write(piece)
    },
    destroy: () => void socket.destroy(),
  }
}

const nameOf = new Map<number, ApiName>(Object.entries(apis).map(([name, { key }]) => [key, name as ApiName]))

/** Remembers by its correlation id what was asked, where the bytes still say so after they were mutated. */
function note(frame: Buffer, sent: Map<number, Sent>): void {
  if (frame.length < 16) return
  try {
    const { apiKey, apiVersion, correlationId } = readRequestHeader(frame.subarray(4))
    const api = findApi(apiKey)
    const name = nameOf.get(apiKey)
    if (api !== undefined && name !== undefined && isAccepted(api, apiVersion))
      sent.set(correlationId, { api: name, apiVersion })
  } catch {
    // No request any more, so nothing that could be answered.
  }
}
