import type { Broker } from '@millrace/broker'
import {
  type ApiName,
  type apis,
  type Decoded,
  decodeResponse,
  type Encodable,
  encodeRequest,
} from '@millrace/broker/protocol'

type Asked<N extends ApiName> = Encodable<(typeof apis)[N]['request']>
type Answered<N extends ApiName> = Decoded<(typeof apis)[N]['response']>

/** A client in good health beside those that are not. */
export interface Witness {
  /** Undefined until the answer is there; rejects where the connection ends. */
  ask<N extends ApiName>(api: N, version: number, body: Asked<N>): Promise<Answered<N>>
  readonly isWaiting: boolean
  end(): void
}

let correlationId = 0x7000_0000

export function openWitness(broker: Pick<Broker, 'socketFactory'>): Witness {
  const socket = broker.socketFactory({ host: 'memory', port: 9092, onConnect: () => {} })
  const waiting: { take: (frame: Buffer) => void; fail: (error: Error) => void }[] = []
  let held: Buffer = Buffer.alloc(0)
  const over = (): void => {
    for (const { fail } of waiting.splice(0))
      fail(new Error('the broker ended the connection of a client in good health'))
  }
  socket.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk])
    while (held.length >= 4 && held.length >= 4 + held.readInt32BE(0)) {
      const end = 4 + held.readInt32BE(0)
      const frame = held.subarray(4, end)
      held = held.subarray(end)
      waiting.shift()?.take(frame)
    }
  })
  socket.on('end', over)
  socket.on('close', over)
  socket.on('error', over)
  return {
    get isWaiting() {
      return waiting.length > 0
    },
    ask: (api, version, body) =>
      new Promise((resolve, reject) => {
        correlationId += 1
        waiting.push({ take: (frame) => resolve(decodeResponse(api, version, frame).body), fail: reject })
        socket.write(encodeRequest(api, { apiVersion: version, correlationId, clientId: 'witness' }, body))
      }),
    end: () => void socket.destroy(),
  }
}
