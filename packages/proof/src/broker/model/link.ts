import type { Broker, VirtualClock } from '@millrace/broker'
import {
  type ApiName,
  type apis,
  type Decoded,
  decodeResponse,
  type Encodable,
  encodeRequest,
} from '@millrace/broker/protocol'
import { Violation } from './violation.js'

export type Asked<N extends ApiName> = Encodable<(typeof apis)[N]['request']>
export type Answered<N extends ApiName> = Decoded<(typeof apis)[N]['response']>
/** The connection ended before the answer: whether the request was applied is not known. */
export type Lost = 'lost'

/** A client's way to the broker: one connection at a time, a new one when the last was lost. */
export interface Link {
  /** Waits for the answer, moving time where nothing else brings it. Throws a Violation where none ever comes. */
  ask<N extends ApiName>(api: N, version: number, body: Asked<N>): Promise<Answered<N> | Lost>
  /** Does not wait: the answer may take until others have done something. */
  send<N extends ApiName>(api: N, version: number, body: Asked<N>): Promise<Answered<N> | Lost>
  close(): void
}

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve))
/** From socket to answer it takes a few turns; what takes more waits for time. */
const turnsOfPatience = 12
const stepMs = 100
const longestMs = 120_000

export function createLink(broker: Pick<Broker, 'socketFactory'>, clock: VirtualClock, clientId: string): Link {
  let correlationId = 0
  let connection: ReturnType<typeof open> | undefined
  const send: Link['send'] = (api, version, body) => {
    if (connection === undefined || connection.isOver) connection = open(broker)
    correlationId += 1
    const sent = connection.ask(encodeRequest(api, { apiVersion: version, correlationId, clientId }, body))
    return sent.then((frame) => (frame === 'lost' ? 'lost' : decodeResponse(api, version, frame).body))
  }
  return {
    send,
    async ask(api, version, body) {
      let answer: Answered<typeof api> | Lost | undefined
      let failure: unknown
      void send(api, version, body).then(
        (given) => (answer = given),
        (error: unknown) => (failure = error),
      )
      for (let waitedMs = 0; waitedMs <= longestMs; waitedMs += stepMs) {
        for (let turns = 0; turns < turnsOfPatience; turns += 1) {
          if (failure !== undefined)
            throw new Violation(`${api} ${version} was answered by nonsense`, { cause: failure })
          if (answer !== undefined) return answer
          await turn()
        }
        await clock.advance(stepMs)
      }
      throw new Violation(`${api} ${version} was never answered`)
    },
    close: () => connection?.close(),
  }
}

/** One connection: frames are answered in order. */
function open(broker: Pick<Broker, 'socketFactory'>) {
  const socket = broker.socketFactory({ host: 'memory', port: 9092, onConnect: () => {} })
  const waiting: ((frame: Buffer | Lost) => void)[] = []
  let held: Buffer = Buffer.alloc(0)
  const state = { isOver: false }
  const over = (): void => {
    state.isOver = true
    for (const take of waiting.splice(0)) take('lost')
  }
  socket.on('data', (chunk: Buffer) => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
      const end = 4 + held.readInt32BE(0)
      const frame = held.subarray(4, end)
      held = held.subarray(end)
      waiting.shift()?.(frame)
    }
  })
  socket.on('end', over)
  socket.on('close', over)
  socket.on('error', over)
  return {
    get isOver() {
      return state.isOver
    },
    ask: (frame: Buffer): Promise<Buffer | Lost> =>
      new Promise((resolve) => {
        waiting.push(resolve)
        socket.write(frame)
      }),
    close: () => void socket.destroy(),
  }
}
