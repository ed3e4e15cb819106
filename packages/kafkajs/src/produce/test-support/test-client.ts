import { connect, type Socket } from 'node:net'
import type { ISocketFactory, KafkaConfig } from 'kafkajs'
import kafkajs from 'kafkajs'
import { guards } from '../../guards/guards.js'
import type { SenderClient } from '../open-sender.js'

export interface TestClient extends SenderClient {
  /** Sockets that are open now. */
  readonly sockets: ReadonlySet<Socket>
  /** Requests written, by API key, newest last. */
  readonly written: readonly number[]
  /** Breaks the connection as soon as the next request of this API was written, before its answer. */
  cutAfter(apiKey: number, times?: number): void
}

export const PRODUCE = 0
export const INIT_PRODUCER_ID = 22

/** A kafkajs client of the sender whose sockets can be cut at a chosen request. */
export function openTestClient(bootstrap: readonly string[], security: Pick<KafkaConfig, 'sasl'> = {}): TestClient {
  for (const guard of guards) guard.install?.()
  const sockets = new Set<Socket>()
  const written: number[] = []
  const cuts = new Map<number, number>()

  const socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect({ host, port }, onConnect)
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    const write = socket.write.bind(socket)
    socket.write = (bytes: Uint8Array, ...rest: never[]) => {
      const apiKey = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readInt16BE(4)
      written.push(apiKey)
      const left = cuts.get(apiKey) ?? 0
      if (left === 0) return write(bytes, ...rest)
      cuts.set(apiKey, left - 1)
      socket.removeAllListeners('data') // the broker takes the request and answers it, but nobody hears that
      const asked = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).readInt32BE(8)
      onAnswer(socket, asked, () => socket.destroy(new Error('cut by the test')))
      return write(bytes, ...rest)
    }
    return socket
  }
  const kafka = new kafkajs.Kafka({
    brokers: [...bootstrap],
    clientId: 'sender-test',
    connectionTimeout: 5_000,
    socketFactory,
    logLevel: kafkajs.logLevel.NOTHING,
    retry: { retries: 0 },
    ...security,
  })
  return {
    cluster: clusterOf(kafka),
    sockets,
    written,
    cutAfter: (apiKey, times = 1) => void cuts.set(apiKey, times),
    close: async () => undefined,
  }
}

/** Calls once the answer with this correlation id begins to arrive; every answer is length, correlation id, body. */
function onAnswer(socket: Socket, correlationId: number, call: () => void): void {
  let pending = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    pending = Buffer.concat([pending, chunk])
    while (pending.length >= 8) {
      if (pending.readInt32BE(4) === correlationId) return call()
      const size = 4 + pending.readInt32BE(0)
      if (pending.length < size) return
      pending = pending.subarray(size)
    }
  })
}

/** The assigner factory is the one public place where kafkajs shows a cluster. */
function clusterOf(kafka: InstanceType<typeof kafkajs.Kafka>): object {
  let found: object = {}
  kafka.consumer({
    groupId: 'unused',
    partitionAssigners: [
      (parts) => {
        found = parts.cluster
        return kafkajs.PartitionAssigners.roundRobin(parts)
      },
    ],
  })
  return found
}
