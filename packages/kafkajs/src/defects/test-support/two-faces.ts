import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { ByteReader } from '../../wire/byte-reader.js'
import { asTwoNodes, type FaceAddress } from './two-face-metadata.js'
import { refusedProduce } from './two-face-produce.js'

/**
 * One real broker that shows itself as two nodes, 1 and 2, so that a test on one node can move the leader of a partition
 * whenever it likes: the face that does not lead a partition answers NOT_LEADER_OR_FOLLOWER for it and the broker never
 * sees the request, as the old leader of a real move does. All else is the broker's own: log, sequences, producer state.
 */
export interface TwoFaces {
  /** Addresses of both. */
  readonly bootstrap: readonly string[]
  /** Who leads from now on. Before the first call it is node 1. */
  lead(topic: string, partition: number, node: 1 | 2): void
  /** Produce requests that a face refused because it did not lead. */
  readonly refused: number
  /** Awaited before a face refuses: an old leader may be slow to notice. */
  beforeRefusing: () => Promise<void>
  close(): Promise<void>
}

const PRODUCE = 0
const METADATA = 3

export async function openTwoFaces(bootstrap: readonly string[]): Promise<TwoFaces> {
  const [host = '', port = ''] = bootstrap[0]?.split(':') ?? []
  const leaders = new Map<string, number>()
  const sockets = new Set<Socket>()
  const addresses: FaceAddress[] = []
  let refused = 0
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
      onFrames(client, (frame) => {
        const [apiKey, version, id] = [frame.readInt16BE(4), frame.readInt16BE(6), frame.readInt32BE(8)]
        if (apiKey === METADATA) metadataVersions.set(id, version)
        const answer =
          apiKey === PRODUCE ? refusedProduce(frame, (topic, one) => leaderOf(topic, one) !== node) : undefined
        if (answer === undefined) return void broker.write(frame)
        refused += 1
        void faces.beforeRefusing().then(() => client.write(answer))
      })
      onFrames(broker, (frame) => {
        const version = metadataVersions.get(frame.readInt32BE(4))
        metadataVersions.delete(frame.readInt32BE(4))
        client.write(version === undefined ? frame : asTwoNodes(frame, version, addresses, leaderOf))
      })
    })

  const servers = [face(1), face(2)]
  for (const server of servers) addresses.push(await listen(server))
  const faces: TwoFaces = {
    bootstrap: addresses.map((one) => `${one.host}:${one.port}`),
    lead: (topic, partition, node) => void leaders.set(`${topic}/${partition}`, node),
    get refused() {
      return refused
    },
    beforeRefusing: () => Promise.resolve(),
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
