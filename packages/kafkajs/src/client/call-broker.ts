import { type Broker, hasMethods, isObject, unsupported } from '../internals.js'
import { loadTrustedSource } from '../guards/kafkajs-source.js'
import type { ProtocolExchange, RegistryEntry } from '../wire/kafkajs-internals.js'
import { bounded } from './bounded.js'
import { type KafkajsEntry, offsetFetchEntry } from './offset-fetch-entry.js'

/** Names as in kafkajs's registry, keys as in Kafka's protocol. */
const API_KEYS = {
  ListOffsets: 2,
  Metadata: 3,
  OffsetCommit: 8,
  OffsetFetch: 9,
  GroupCoordinator: 10,
  JoinGroup: 11,
  Heartbeat: 12,
  LeaveGroup: 13,
  DescribeConfigs: 32,
} as const

export type ApiName = keyof typeof API_KEYS

export interface CallLimits {
  readonly limitMs: number
  readonly signal?: AbortSignal
  /** A join blocks the connection of all other requests; Fetch's is free then. */
  readonly onFetchConnection?: boolean
}

let registry: Readonly<Partial<Record<string, RegistryEntry>>> | undefined

/**
 * One request in kafkajs's encoding, answered with the decoded body; `OffsetFetch` is ours where the broker speaks it, and takes an
 * `OffsetFetchQuestion`. Error codes are data: kafkajs would throw the first of them and lose what the answer says about everybody
 * else.
 * @throws what kafkajs throws for the connection, `TimedOut`, or the signal's reason.
 */
export async function callBroker(
  broker: Broker,
  api: ApiName,
  parameters: object,
  { limitMs, signal, onFetchConnection = false }: CallLimits,
): Promise<unknown> {
  const entry = (registry ??= loadRegistry())[api]
  if (entry === undefined) throw unsupported(`its registry lacks ${api}`)
  const exchange = broker.lookupRequest(API_KEYS[api], entry)(parameters)
  const raw: ProtocolExchange = {
    ...exchange,
    response: { decode: exchange.response.decode, parse: async (decoded: unknown) => decoded },
    logResponseError: false,
  }
  const pool = broker.connectionPool
  const sent = onFetchConnection ? pool.getConnection(1).then((connection) => connection.send(raw)) : pool.send(raw)
  return bounded(sent, `${api} at ${pool.host}:${pool.port}`, limitMs, signal)
}

function loadRegistry(): Readonly<Partial<Record<string, RegistryEntry>>> {
  const module = loadTrustedSource('protocol/requests/index.js')
  const requests = isObject(module) ? module['requests'] : undefined
  if (!isRegistry(requests)) throw unsupported('its request registry has another shape')
  return { ...requests, OffsetFetch: offsetFetchEntry(requests.OffsetFetch) }
}

const isRegistry = (found: unknown): found is Readonly<Record<ApiName, KafkajsEntry>> =>
  isObject(found) && Object.keys(API_KEYS).every((api) => hasMethods(found[api], ['protocol']))
