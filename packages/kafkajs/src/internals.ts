import { fail, type MillraceError } from '@millrace/core'
import type { ProtocolExchange, RegistryEntry } from './wire/kafkajs-internals.js'

/**
 * What the driver uses of kafkajs 2.2.4 below its public API, and nothing else. Each object is checked once, where it
 * enters, so that another shape is an error with a name and not a TypeError in the middle of a rebalance.
 */
export interface Cluster {
  connectionPoolBuilder: { build(address?: object): Promise<ConnectionPool> }
  readonly brokerPool: { readonly metadata: ClusterMetadata | null }
  connect(): Promise<void>
  disconnect(): Promise<void>
  refreshMetadata(): Promise<void>
  addMultipleTargetTopics(topics: string[]): Promise<void>
  getNodeIds(): string[]
  findBroker(node: { nodeId: string | number }): Promise<Broker>
  findGroupCoordinator(wanted: { groupId: string; coordinatorType?: number }): Promise<Broker>
}

export interface ClusterMetadata {
  readonly topicMetadata: readonly TopicMetadata[]
}

export interface TopicMetadata {
  readonly topicErrorCode: number
  readonly topic: string
  readonly partitionMetadata: readonly { partitionErrorCode: number; partitionId: number; leader: number }[]
}

export interface Broker {
  readonly nodeId: number | null
  readonly connectionPool: ConnectionPool
  readonly lookupRequest: (apiKey: number, entry: RegistryEntry) => (parameters: object) => ProtocolExchange
  fetch(request: { topics: { topic: string; partitions: object[] }[] }): Promise<unknown>
  produce(request: { topicData: readonly unknown[] }): Promise<unknown>
  joinGroup(request: JoinGroupRequest): Promise<unknown>
}

export interface JoinGroupRequest {
  readonly groupId: string
  readonly memberId?: string
}

/** Two connections to one broker: number 1 carries Fetch, number 0 all the rest. */
export interface ConnectionPool {
  readonly host: string
  readonly port: number
  send(exchange: ProtocolExchange): Promise<unknown>
  getConnection(index: number): Promise<Connection>
}

export interface Connection {
  readonly socket?: { destroy(error: Error): unknown } | undefined
  send(exchange: ProtocolExchange): Promise<unknown>
}

/** One consumer's membership: kafkajs makes a new one at each `run()`. */
export interface ConsumerGroup {
  readonly cluster: object
  generationId: number | null
  memberId: string | null
  leaderId: string | null
  fetch(nodeId: string): Promise<unknown[]>
  heartbeat(options: { interval: number }): Promise<void>
  leave(): Promise<void>
  joinAndSync(): Promise<void>
}

export const unsupported = (problem: string): MillraceError =>
  fail('MILLRACE_DRIVER_KAFKAJS_UNSUPPORTED', { found: 'kafkajs 2.2.4', problem })

export function parseCluster(value: unknown): Cluster {
  const methods = ['connect', 'disconnect', 'refreshMetadata', 'addMultipleTargetTopics', 'getNodeIds']
  const isCluster = (found: unknown): found is Cluster =>
    hasMethods(found, [...methods, 'findBroker', 'findGroupCoordinator']) &&
    hasMethods(found['connectionPoolBuilder'], ['build']) &&
    isObject(found['brokerPool'])
  if (!isCluster(value)) throw unsupported('its Cluster has another shape')
  return value
}

export function parseConsumerGroup(value: unknown): ConsumerGroup {
  const isGroup = (found: unknown): found is ConsumerGroup =>
    hasMethods(found, ['fetch', 'heartbeat', 'leave', 'joinAndSync']) && isObject(found['cluster'])
  if (!isGroup(value)) throw unsupported('its ConsumerGroup has another shape')
  return value
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null

export const hasMethods = (value: unknown, names: readonly string[]): value is Record<string, unknown> =>
  isObject(value) && names.every((name) => typeof value[name] === 'function')
