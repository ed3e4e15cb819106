import type { ApiName } from '@millrace/broker/protocol'
import { parseAddresses } from '../../brokers/external-broker.js'
import { KafkaRefusal, refuse } from './kafka-refusal.js'
import { NodeConnections } from './node-connections.js'
import type { Answered, Asked } from './wire-connection.js'

export interface WireClusterOptions {
  /** `host:port`, separated by commas. */
  readonly bootstrap: string
  readonly clientId: string
  /** How long one request may take before its connection is given up. Default: as long as whoever asks waits. */
  readonly requestLimitMs?: number
}

export type TopicMetadata = Answered<'Metadata'>['topics'][number]

/** A cluster, asked through one connection for each of its nodes. Nothing is asked again here: see `retrying`. */
export interface WireCluster {
  /** Asks a node; undefined: any of them. */
  ask<N extends ApiName>(node: number | undefined, api: N, body: Asked<N>, signal: AbortSignal): Promise<Answered<N>>
  /** Produce with `acks=0`: resolves when the node has worked on it. Rejects where it has ended the connection instead. */
  tell<N extends ApiName>(node: number, api: N, body: Asked<N>, signal: AbortSignal): Promise<void>
  /** `host:port` by node id, asked for anew. */
  nodes(signal: AbortSignal): Promise<ReadonlyMap<number, string>>
  /** Rejects with Java's name for what is wrong with the topic. */
  topic(name: string, signal: AbortSignal): Promise<TopicMetadata>
  /** Every topic but Kafka's own. */
  topicNames(signal: AbortSignal): Promise<string[]>
  /** Node id of the leader; retriable where there is none now. */
  leaderOf(topic: string, partition: number, signal: AbortSignal): Promise<number>
  /** Node id of the coordinator of a group (0) or of a transactional id (1). */
  coordinatorOf(key: string, keyType: 0 | 1, signal: AbortSignal): Promise<number>
  close(): void
}

export function createWireCluster({ bootstrap, clientId, requestLimitMs }: WireClusterOptions): WireCluster {
  const connections = new NodeConnections({ entrances: parseAddresses(bootstrap), clientId, requestLimitMs })

  const ask: WireCluster['ask'] = (node, api, body, signal) =>
    connections.use(node, signal, (connection, limit) => connection.ask(api, body, limit))

  async function metadata(topics: readonly string[] | null, signal: AbortSignal): Promise<Answered<'Metadata'>> {
    const named = topics?.map((name) => ({ name })) ?? null
    const answer = await ask(undefined, 'Metadata', { topics: named, allowAutoTopicCreation: false }, signal)
    for (const { nodeId, host, port } of answer.brokers) connections.learn(nodeId, { host, port })
    return answer
  }

  async function topic(name: string, signal: AbortSignal): Promise<TopicMetadata> {
    const [found] = (await metadata([name], signal)).topics
    if (found === undefined) throw new KafkaRefusal('UnknownTopicOrPartitionException', name)
    refuse(found.errorCode, `topic "${name}"`)
    return found
  }

  return {
    ask,
    topic,
    tell: (node, api, body, signal) =>
      connections.use(node, signal, async (connection, limit) => {
        connection.tell(api, body)
        await connection.ask('ApiVersions', {}, limit)
      }),
    async nodes(signal) {
      const { brokers } = await metadata([], signal)
      return new Map(brokers.map(({ nodeId, host, port }) => [nodeId, `${host}:${port}`]))
    },
    async topicNames(signal) {
      const { topics } = await metadata(null, signal)
      return topics.flatMap(({ name, isInternal }) => (isInternal ? [] : [name])).toSorted()
    },
    async leaderOf(name, partition, signal) {
      const found = (await topic(name, signal)).partitions.find(({ partitionIndex }) => partitionIndex === partition)
      if (found === undefined) throw new KafkaRefusal('UnknownTopicOrPartitionException', `${name}-${partition}`)
      if (found.leaderId < 0) refuse(found.errorCode === 0 ? 5 : found.errorCode, `${name}-${partition}`)
      return found.leaderId
    },
    async coordinatorOf(key, keyType, signal) {
      const found = await ask(undefined, 'FindCoordinator', { key, keyType }, signal)
      refuse(found.errorCode, `the coordinator of "${key}"`, found.errorMessage)
      connections.learn(found.nodeId, { host: found.host, port: found.port })
      return found.nodeId
    },
    close: () => connections.close(),
  }
}
