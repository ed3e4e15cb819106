import { hasMethods, isObject, unsupported } from '../internals.js'
import type { EncodedBody, ProtocolExchange } from '../wire/kafkajs-internals.js'
import type { ProducingBroker } from '../wire/produce-to-broker.js'
import { WireFault } from '../wire/wire-fault.js'

/** What is used of kafkajs's `Broker`: one node and its connections. */
export interface WireBroker extends ProducingBroker {
  connect(): Promise<void>
  disconnect(): Promise<void>
  /** What the node answered to ApiVersions when it was connected. */
  readonly versions?: Readonly<Record<number, { readonly maxVersion: number } | undefined>> | null
  /** Picks the best version that both sides speak. Replaced by `connect`, so it is read at each call. */
  readonly lookupRequest: (apiKey: number, definition: RequestDefinition) => () => ProtocolExchange
  readonly connectionPool: {
    readonly host: string
    readonly port: number
    readonly pool: readonly WireConnection[]
    isConnected(): boolean
    send(exchange: ProtocolExchange): Promise<unknown>
  }
}

interface WireConnection {
  readonly socket?: { destroy(error?: Error): unknown }
  rejectRequests(error: Error): void
}

/** A request as kafkajs negotiates it; handed over with the call, so nothing global is changed. */
export interface RequestDefinition {
  readonly versions: readonly string[]
  protocol(choice: { readonly version: number }): () => ProtocolExchange
}

export interface WireRequest<Answer> {
  readonly apiKey: number
  readonly apiName: string
  readonly versions: readonly number[]
  encode(version: number): Buffer
  decode(payload: Buffer, version: number): Answer
}

/** Makes brokers of one kafkajs client: by address, or the next seed of its list. */
export type BrokerFactory = (address?: { readonly host: string; readonly port: number }) => Promise<WireBroker>

interface ClusterShape {
  readonly rootLogger: object
  readonly connectionPoolBuilder: { build(address?: object): Promise<object> }
  readonly brokerPool: { createBroker(options: object): WireBroker }
}

/**
 * Takes the factories of connections out of a kafkajs cluster, which is never connected itself: metadata, retries and the life
 * of connections are the sender's, because kafkajs sends to a frozen leader for ever (K35) and retries on timers that nobody can stop.
 * @throws MillraceError `MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED` where the cluster has another shape.
 */
export function brokerFactoryOf(cluster: unknown): BrokerFactory {
  if (!isCluster(cluster)) throw unsupported('its Cluster has another shape')
  return async (address) => {
    const connectionPool = await cluster.connectionPoolBuilder.build(address)
    return cluster.brokerPool.createBroker({ connectionPool, logger: cluster.rootLogger })
  }
}

const isCluster = (value: unknown): value is ClusterShape =>
  isObject(value) &&
  isObject(value['rootLogger']) &&
  hasMethods(value['connectionPoolBuilder'], ['build']) &&
  hasMethods(value['brokerPool'], ['createBroker'])

/** Sends one request of ours and decodes its answer; error codes in it are data. */
export async function callBroker<Answer>(broker: WireBroker, request: WireRequest<Answer>): Promise<Answer> {
  const { apiKey, apiName, versions } = request
  let answer: { readonly value: Answer } | undefined
  const exchange = broker.lookupRequest(apiKey, {
    versions: versions.map(String),
    protocol:
      ({ version }) =>
      () => ({
        request: {
          apiKey,
          apiVersion: version,
          apiName,
          encode: async () => {
            // kafkajs falls back to whatever the broker has, which may be older than anything of ours.
            if (!versions.includes(version)) throw new WireFault('unsupported-format', `${apiName} ${version}`)
            return bodyOf(request.encode(version))
          },
        },
        response: {
          decode: async (payload) => {
            answer = { value: request.decode(payload, version) }
            return { clientSideThrottleTime: 0 }
          },
          parse: async () => undefined,
        },
        logResponseError: false,
      }),
  })()
  await broker.connectionPool.send(exchange)
  if (answer === undefined) throw new TypeError(`kafkajs did not decode the answer to ${apiName}`)
  return answer.value
}

const bodyOf = (bytes: Buffer): EncodedBody => ({ buf: bytes, buffer: bytes })

/**
 * Ends every connection of a broker at once, requests in flight included. The sockets are destroyed with an error because
 * kafkajs listens to `error` and `end`, not to `close`.
 */
export function destroyBroker(broker: WireBroker, reason: Error): void {
  for (const connection of broker.connectionPool.pool) {
    connection.rejectRequests(reason)
    connection.socket?.destroy(reason)
  }
  // What could fail here is the good-bye to a connection that is already gone.
  broker.disconnect().catch(() => undefined)
}
