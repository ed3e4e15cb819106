import { type Broker, type Cluster, isObject } from '../../internals.js'
import type { ProtocolExchange } from '../../wire/kafkajs-internals.js'

export interface FakeCluster {
  readonly cluster: Cluster
  /** The ports of the brokers whose connections were dropped; a node's port is its id. */
  readonly dropped: number[]
  drop(pool: { readonly port: number }): void
}

/** What a node answers to a request, by the key of its API and its parameters. */
export type Answering = (nodeId: number, apiKey: number, parameters: object) => Promise<unknown>

const unused = (): Promise<never> => Promise.reject(new Error('no part of the fake'))

/** Brokers that are asked as kafkajs's are, and answer decoded bodies. */
export function createFakeCluster(nodeIds: readonly number[], answer: Answering): FakeCluster {
  const brokerOf = (nodeId: number): Broker => {
    const asked = new WeakMap<ProtocolExchange['request'], object>()
    return {
      nodeId,
      lookupRequest: (apiKey) => (parameters) => {
        const encode = async () => ({ buf: Buffer.alloc(0), buffer: Buffer.alloc(0) })
        const request = { apiKey, apiVersion: 0, apiName: String(apiKey), encode }
        asked.set(request, parameters)
        return { request, response: { decode: unused, parse: unused } }
      },
      connectionPool: {
        host: 'fake',
        port: nodeId,
        send: ({ request }) => answer(nodeId, request.apiKey, asked.get(request) ?? {}),
        getConnection: unused,
      },
      fetch: unused,
      produce: unused,
      joinGroup: unused,
    }
  }
  const brokers = new Map(nodeIds.map((nodeId) => [nodeId, brokerOf(nodeId)]))
  const dropped: number[] = []
  return {
    dropped,
    drop: ({ port }) => void dropped.push(port),
    cluster: {
      connectionPoolBuilder: { build: unused },
      brokerPool: { metadata: null },
      connect: unused,
      disconnect: unused,
      refreshMetadata: unused,
      addMultipleTargetTopics: unused,
      getNodeIds: () => nodeIds.map(String),
      findBroker: async ({ nodeId }) => brokers.get(Number(nodeId)) ?? unused(),
      findGroupCoordinator: unused,
    },
  }
}

/** Whether a ListOffsets asks for the first offset. */
export const asksForStart = (parameters: object): boolean => {
  const text = isObject(parameters) ? JSON.stringify(parameters['topics']) : ''
  return text.includes('"timestamp":-2')
}
