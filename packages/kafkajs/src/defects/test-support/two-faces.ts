import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { ByteReader } from '../../wire/byte-reader.js'
import { refusedFetch } from './two-face-fetch.js'
import { asTwoNodes, type FaceAddress } from './two-face-metadata.js'
import { refusedProduce } from './two-face-produce.js'

/**
 * One real broker that shows itself as two nodes, 1 and 2, so that a test on one node can move the leader of a partition
 * whenever it likes. As in a real move, a face that does not lead a partition answers NOT_LEADER_OR_FOLLOWER: to what came
 * before the move and still waited for its replicas, which the new leader has, and to what comes later, which nobody has.
 * All else is the broker's own: log, sequences, producer state.
 */
export interface TwoFaces {
  /** Addresses of both. */
  readonly bootstrap: readonly string[]
  /** Who leads from now on. Before the first call it is node 1. */
  lead(topic: string, partition: number, node: 1 | 2): void
  /** Produce requests for which a face answered that it did not lead. */
  readonly refused: number
  /** Those among them that are in the log. */
  readonly refusedAfterAppend: number
  /** The node takes connections and requests and answers nothing any more, as a stopped process does. */
  freeze(node: 1 | 2): void
  /** Requests that a node was sent, by API key. */
  asked(node: 1 | 2, apiKey: number): number
  /** Awaited before each answer to a Produce request: replicas take their time. */
  beforeAnswering: () => Promise<void>
  close(): Promise<void>
}

const PRODUCE = 0
const FETCH = 1
const METADATA = 3

export async function openTwoFaces(bootstrap: readonly string[]): Promise<TwoFaces> {
  const [host = '', port = ''] = bootstrap[0]?.split(':') ?? []
  const leaders = new Map<string, number>()
  const sockets = new Set<Socket>()
  const addresses: FaceAddress[] = []
  const frozen = new Set<number>()
  const asked = new Map<string, number>()
  let refused = 0
  let refusedAfterAppend = 0
  const leaderOf = (topic: string, partition: number): number => leaders.get(`${topic}/${partition}`) ?? 1

  const face = (node: number): Server =>
    createServer({ noDelay: true }, (client) => {
      const broker = connect({ host, port: Number(port), noDelay: true })
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
      const metadataVersions = new Map<number, number>()
      const produced = new Map<number, Buffer>()
      const isForeign = (topic: string, partition: number) => leaderOf(topic, partition) !== node
      let answers = Promise.resolve()
      onFrames(client, (frame) => {
        const [apiKey, version, id] = [frame.readInt16BE(4), frame.readInt16BE(6), frame.readInt32BE(8)]
        const count = `${node}/${apiKey}`
        asked.set(count, (asked.get(count) ?? 0) + 1)
        if (frozen.has(node)) return
        if (apiKey === METADATA) metadataVersions.set(id, version)
        const gone = apiKey === FETCH ? refusedFetch(frame, isForeign) : undefined
        if (gone !== undefined) return void client.write(gone)
        const refusal = apiKey === PRODUCE ? refusedProduce(frame, isForeign) : undefined
        if (refusal === undefined) {
          if (apiKey === PRODUCE) produced.set(id, frame)
          broker.write(frame)
        } else {
          refused += 1
          answers = answers.then(faces.beforeAnswering).then(() => void client.write(refusal))
        }
      })
      onFrames(broker, (frame) => {
        const id = frame.readInt32BE(4)
        if (frozen.has(node)) return
        const version = metadataVersions.get(id)
        const request = produced.get(id)
        metadataVersions.delete(id)
        produced.delete(id)
        if (version !== undefined) return void client.write(asTwoNodes(frame, version, addresses, leaderOf))
        if (request === undefined) return void client.write(frame)
        answers = answers.then(faces.beforeAnswering).then(() => {
          const refusal = refusedProduce(request, isForeign)
          if (refusal !== undefined) refusedAfterAppend += 1
          client.write(refusal ?? frame)
        })
      })
    })

  const servers = [face(1), face(2)]
  for (const server of servers) addresses.push(await listen(server))
  const faces: TwoFaces = {
    bootstrap: addresses.map((one) => `${one.host}:${one.port}`),
    lead: (topic, partition, node) => void leaders.set(`${topic}/${partition}`, node),
    freeze: (node) => void frozen.add(node),
    asked: (node, apiKey) => asked.get(`${node}/${apiKey}`) ?? 0,
    get refused() {
      return refused + refusedAfterAppend
    },
    get refusedAfterAppend() {
      return refusedAfterAppend
    },
    beforeAnswering: () => Promise.resolve(),
    async close() {
      const closed = servers.map((server) => once(server.close(), 'close'))
      for (const socket of sockets) socket.destroy()
      await Promise.all(closed)
    },
  }
  return faces
}

async function listen(server: Server): Promise<FaceAddress> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has an address')
  return { host: '127.0.0.1', port: address.port }
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
