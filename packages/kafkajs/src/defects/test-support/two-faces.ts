import { once } from 'node:events'
import { connect, createServer, type Server } from 'node:net'
import { type FaceState, throughFace } from './two-face-connection.js'
import type { FaceAddress } from './two-face-metadata.js'

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
  /** Nobody leads it from now on, as when the nodes that hold it are down: LEADER_NOT_AVAILABLE in the metadata. */
  orphan(topic: string, partition: number): void
  /** Produce requests for which a face answered that it did not lead. */
  readonly refused: number
  /** Those among them that are in the log. */
  readonly refusedAfterAppend: number
  /** The node takes connections and requests and answers nothing any more, as a stopped process does. */
  freeze(node: 1 | 2): void
  /** From now on, or no longer: the broker works on each Produce request and its answer is lost with the connection. */
  loseAnswers(isLost: boolean): void
  /** Requests that a node was sent, by API key. */
  asked(node: 1 | 2, apiKey: number): number
  /** Awaited before each answer to a Produce request: replicas take their time. */
  beforeAnswering: () => Promise<void>
  close(): Promise<void>
}

export async function openTwoFaces(bootstrap: readonly string[]): Promise<TwoFaces> {
  const [host = '', port = ''] = bootstrap[0]?.split(':') ?? []
  const leaders = new Map<string, number>()
  const state: FaceState = {
    sockets: new Set(),
    addresses: [],
    frozen: new Set(),
    losesAnswers: false,
    asked: new Map(),
    refused: 0,
    refusedAfterAppend: 0,
    leaderOf: (topic, partition) => leaders.get(`${topic}/${partition}`) ?? 1,
    beforeAnswering: () => faces.beforeAnswering(),
  }
  const face = (node: number): Server =>
    createServer({ noDelay: true }, (client) =>
      throughFace(node, client, connect({ host, port: Number(port), noDelay: true }), state),
    )
  const servers = [face(1), face(2)]
  for (const server of servers) state.addresses.push(await listen(server))

  const faces: TwoFaces = {
    bootstrap: state.addresses.map((one) => `${one.host}:${one.port}`),
    lead: (topic, partition, node) => void leaders.set(`${topic}/${partition}`, node),
    orphan: (topic, partition) => void leaders.set(`${topic}/${partition}`, -1),
    freeze: (node) => void state.frozen.add(node),
    loseAnswers: (isLost) => void (state.losesAnswers = isLost),
    asked: (node, apiKey) => state.asked.get(`${node}/${apiKey}`) ?? 0,
    get refused() {
      return state.refused + state.refusedAfterAppend
    },
    get refusedAfterAppend() {
      return state.refusedAfterAppend
    },
    beforeAnswering: () => Promise.resolve(),
    async close() {
      const closed = servers.map((server) => once(server.close(), 'close'))
      for (const socket of state.sockets) socket.destroy()
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
