import type { Assigner, Consumer, ConsumerConfig, KafkaConfig, PartitionAssigner } from 'kafkajs'
import kafkajs from 'kafkajs'
import type { Guard } from '../guards/guard.js'
import { quietLog } from '../guards/quiet-log.js'
import { type Cluster, type ConnectionPool, parseCluster, unsupported } from '../internals.js'
import { authenticateWith } from './authenticate.js'
import { bounded } from './bounded.js'
import type { ConnectionOptions } from './connection-options.js'
import { createExplainClosed, type ExplainClosed } from './explain-closed.js'
import { createTokenCache, type TokenCache } from './token-cache.js'
import { trackSockets } from './tracked-sockets.js'

/** Connections to one cluster, shared with nobody: one per member, per sender and per look-up. */
export interface Client {
  /** Not connected yet: `cluster.connect()` or the first request does that. */
  readonly cluster: Cluster
  readonly consumer: Consumer
  /** What a listener that closes our connections speaks. */
  readonly explainClosed: ExplainClosed
  /** Breaks the connections to one broker, which may be frozen: waiting for it has taken too long. */
  drop(pool: Pick<ConnectionPool, 'host' | 'port'>): void
  /** Closes for good, within two seconds. Idempotent, never rejects. */
  close(): Promise<void>
}

/** How a client is made; a member asks for its own consumer settings. */
export type OpenClient = (consumer?: MembershipConfig) => Client

/** What a member says about itself; all else is the same for every client. */
export interface MembershipConfig
  extends Partial<Pick<ConsumerConfig, 'groupId' | 'sessionTimeout' | 'rebalanceTimeout' | 'heartbeatInterval'>> {
  /** Hand the partitions out while this member leads its group, the preferred one first. */
  readonly assigners?: readonly ((cluster: Cluster) => Assigner)[]
}

/** Whoever connects or looks up retries by itself, with a deadline and a signal: kafkajs tries once. */
const CLUSTER_RETRY = { initialRetryTime: 50, maxRetryTime: 50, retries: 0 }
/** Of the group: a rebalance in a storm of them, or a coordinator that is away for as long as its failover takes (K26). */
const GROUP_RETRY = { initialRetryTime: 100, maxRetryTime: 1000, retries: 100 }
const METADATA_MAX_AGE_MS = 30_000
const CLOSE_LIMIT_MS = 2000

/**
 * `cluster` comes out of the assigner factory, the one public place where kafkajs shows it; a consumer that never runs
 * costs nothing, so the way to a cluster is the same for members, senders and look-ups.
 */
export function createOpenClient(options: ConnectionOptions, guards: readonly Guard[]): OpenClient {
  const { sasl, log } = options
  const tokens = sasl?.mechanism === 'oauthbearer' ? createTokenCache({ source: sasl.token, log }) : undefined
  const explainClosed = createExplainClosed(options)
  return (consumerOptions = {}) => {
    for (const guard of guards) guard.install?.()
    const sockets = trackSockets(options.ssl)
    let isClosed = false
    const kafka = new kafkajs.Kafka({
      clientId: options.clientId,
      // An empty list ends kafkajs's own retries at once: nothing of a closed client tries again.
      brokers: async () => (isClosed ? [] : [...options.brokers]),
      ...security(options, tokens),
      connectionTimeout: options.connectionTimeoutMs,
      requestTimeout: options.requestTimeoutMs,
      retry: CLUSTER_RETRY,
      socketFactory: sockets.factory,
      logLevel: kafkajs.logLevel.WARN,
      logCreator: quietLog(options.log),
    })
    const { consumer, cluster } = createConsumer(kafka, consumerOptions)
    for (const guard of guards) guard.protect?.(cluster)
    let closing: Promise<void> | undefined
    const close = async (): Promise<void> => {
      isClosed = true
      sockets.close()
      // Rejected or too slow, the sockets are gone and nothing connects again.
      await bounded(consumer.disconnect(), 'disconnect', CLOSE_LIMIT_MS).catch(() => undefined)
      sockets.close()
    }
    return { cluster, consumer, explainClosed, drop: (pool) => sockets.drop(pool), close: () => (closing ??= close()) }
  }
}

const security = (
  { ssl, sasl }: ConnectionOptions,
  tokens: TokenCache | undefined,
): Pick<KafkaConfig, 'ssl' | 'sasl'> => ({
  ...(ssl === undefined ? {} : { ssl }),
  ...(sasl === undefined ? {} : { sasl: authenticateWith(sasl, tokens) }),
})

function createConsumer(
  kafka: InstanceType<typeof kafkajs.Kafka>,
  { assigners = [], ...options }: MembershipConfig,
): { consumer: Consumer; cluster: Cluster } {
  let found: Cluster | undefined
  const catchCluster: PartitionAssigner = (parts) => {
    found = parseCluster(parts.cluster)
    return kafkajs.PartitionAssigners.roundRobin(parts)
  }
  const caught = assigners.map(
    (create): PartitionAssigner =>
      ({ cluster }) =>
        create((found = parseCluster(cluster))),
  )
  const consumer = kafka.consumer({
    groupId: 'millrace',
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    readUncommitted: false,
    ...options,
    partitionAssigners: caught.length > 0 ? caught : [catchCluster],
    retry: { ...GROUP_RETRY, restartOnFailure: async () => false },
  })
  if (found === undefined) throw unsupported('its consumer does not make its assigner')
  return { consumer, cluster: found }
}
