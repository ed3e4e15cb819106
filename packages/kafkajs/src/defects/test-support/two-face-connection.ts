import type { Socket } from 'node:net'
import { ByteReader } from '../../wire/byte-reader.js'
import { refusedFetch } from './two-face-fetch.js'
import { asTwoNodes, type FaceAddress } from './two-face-metadata.js'
import { refusedProduce } from './two-face-produce.js'

export const PRODUCE = 0
const FETCH = 1
export const METADATA = 3
export const INIT_PRODUCER_ID = 22

/** What both faces of a broker share. */
export interface FaceState {
  readonly sockets: Set<Socket>
  readonly addresses: FaceAddress[]
  readonly frozen: Set<number>
  losesAnswers: boolean
  /** Requests by `node/API key`. */
  readonly asked: Map<string, number>
  refused: number
  refusedAfterAppend: number
  readonly leaderOf: (topic: string, partition: number) => number
  readonly beforeAnswering: () => Promise<void>
}

/** One connection of a client to a face, and the connection to the broker behind it. */
export function throughFace(node: number, client: Socket, broker: Socket, state: FaceState): void {
  const { addresses, asked, beforeAnswering, frozen, leaderOf } = state
  endTogether(client, broker, state.sockets)
  const metadataVersions = new Map<number, number>()
  const produced = new Map<number, Buffer>()
  const isForeign = (topic: string, partition: number): boolean => leaderOf(topic, partition) !== node
  let answers = Promise.resolve()
  const answerProduce = (answer: () => Buffer): void => {
    answers = answers.then(beforeAnswering).then(() => void client.write(answer()))
  }

  onFrames(client, (frame) => {
    const [apiKey, version, id] = [frame.readInt16BE(4), frame.readInt16BE(6), frame.readInt32BE(8)]
    const count = `${node}/${apiKey}`
    asked.set(count, (asked.get(count) ?? 0) + 1)
    if (frozen.has(node)) return
    if (apiKey === METADATA) metadataVersions.set(id, version)
    const gone = apiKey === FETCH ? refusedFetch(frame, isForeign) : undefined
    if (gone !== undefined) return void client.write(gone)
    const refusal = apiKey === PRODUCE ? refusedProduce(frame, isForeign) : undefined
    if (refusal !== undefined) {
      state.refused += 1
      return answerProduce(() => refusal)
    }
    if (apiKey === PRODUCE) produced.set(id, frame)
    broker.write(frame)
  })
  onFrames(broker, (frame) => {
    if (frozen.has(node)) return
    const id = frame.readInt32BE(4)
    const version = metadataVersions.get(id)
    const request = produced.get(id)
    metadataVersions.delete(id)
    produced.delete(id)
    if (version !== undefined) return void client.write(asTwoNodes(frame, version, addresses, leaderOf))
    if (request === undefined) return void client.write(frame)
    if (state.losesAnswers) return void client.resetAndDestroy()
    answerProduce(() => {
      const refusal = refusedProduce(request, isForeign)
      if (refusal !== undefined) state.refusedAfterAppend += 1
      return refusal ?? frame
    })
  })
}

function endTogether(client: Socket, broker: Socket, sockets: Set<Socket>): void {
  for (const [socket, other] of [
    [client, broker],
    [broker, client],
  ] as const) {
    sockets.add(socket)
    socket.on('error', () => undefined) // the other side is told by `close`
    socket.once('close', () => {
      sockets.delete(socket)
      other.destroy()
    })
  }
}

/** Calls with each whole frame, its length included. */
function onFrames(socket: Socket, call: (frame: Buffer) => void): void {
  let pending = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    for (;;) {
      if (pending.length < 4) return
      const size = 4 + new ByteReader(pending).readInt32()
      if (pending.length < size) return
      call(pending.subarray(0, size))
      pending = pending.subarray(size)
    }
  })
}
