import { type PartitionOffset, partitionOffset } from '../reader/fixture-record.js'
import type { Probe } from '../reader/probe.js'
import { int64, integer, list, mapOf, nothing, nullable, object, type Shape, text } from '../reader/json-shape.js'
import type { CallLimits } from '../reader/probe-connection.js'
import { type ClusterAdmin, createClusterAdmin } from './cluster-admin.js'
import { everyNodeKnows, type KnownLeaders } from './every-node-knows.js'

export interface TopicOptions extends CallLimits {
  /** Default 1. */
  readonly partitions?: number
  /** Default 1. */
  readonly replication?: number
  /** The nodes of each partition, the first of them its leader: instead of the two above. */
  readonly assignment?: readonly (readonly number[])[]
  readonly configs?: Readonly<Record<string, string>>
}

export interface CommittedOffset {
  readonly topic: string
  readonly partition: number
  /** The next offset to read. */
  readonly offset: bigint
  readonly metadata: string | null
}

export interface GroupMember {
  readonly memberId: string
  readonly clientId: string
  readonly host: string
  readonly assignment: readonly { readonly topic: string; readonly partition: number }[]
}

export interface GroupDescription {
  readonly group: string
  /** Kafka's word: `Stable`, `Empty`, `PreparingRebalance`, `CompletingRebalance`, ... */
  readonly state: string
  readonly members: readonly GroupMember[]
}

export interface TopicState {
  readonly partitions: readonly {
    readonly partition: number
    readonly leader: number | null
    readonly replicas: readonly number[]
    readonly inSync: readonly number[]
  }[]
  readonly configs: ReadonlyMap<string, string | null>
}

export interface OffsetsOptions extends CallLimits {
  /** With `read_committed` the end is the last stable offset. Default `read_uncommitted`: the high watermark. */
  readonly isolation?: 'read_committed' | 'read_uncommitted'
}

export type ConfigChanges = Readonly<Record<string, string | null>>

/** What tests ask of a cluster, answered by Kafka's Java admin client. Everything rejects with MILLRACE_TEST_PROBE_FAILED. */
export interface KafkaAdmin extends ClusterAdmin {
  /** Resolves when every partition can be read and written, not only listed, and every node knows. */
  createTopic(topic: string, options?: TopicOptions): Promise<void>
  /** Resolves when no node lists it. */
  deleteTopic(topic: string, limits?: CallLimits): Promise<void>
  /** Without Kafka's internal topics. */
  listTopics(limits?: CallLimits): Promise<string[]>
  describeTopic(topic: string, limits?: CallLimits): Promise<TopicState>
  /** `total` partitions, not that many more. */
  addPartitions(topic: string, total: number, limits?: CallLimits): Promise<void>
  /** null goes back to the default. */
  alterTopic(topic: string, configs: ConfigChanges, limits?: CallLimits): Promise<void>
  alterBroker(nodeId: number, configs: ConfigChanges, limits?: CallLimits): Promise<void>
  /** Moves the start of partitions up to the given offsets. */
  deleteRecords(topic: string, before: ReadonlyMap<number, bigint>, limits?: CallLimits): Promise<void>
  /** Log end by partition. */
  endOffsets(topic: string, options?: OffsetsOptions): Promise<Map<number, bigint>>
  startOffsets(topic: string, limits?: CallLimits): Promise<Map<number, bigint>>
  listGroups(limits?: CallLimits): Promise<{ readonly group: string; readonly state: string }[]>
  describeGroup(group: string, limits?: CallLimits): Promise<GroupDescription>
  deleteGroup(group: string, limits?: CallLimits): Promise<void>
  /** Empty for a group that never committed. */
  committed(group: string, limits?: CallLimits): Promise<CommittedOffset[]>
  /** Only while the group has no members. */
  setCommitted(group: string, topic: string, offsets: ReadonlyMap<number, bigint>, limits?: CallLimits): Promise<void>
}

const topicPartition = object<{ topic: string; partition: number }>({ topic: text, partition: integer })
const committedOffset = object<CommittedOffset>({
  topic: text,
  partition: integer,
  offset: int64,
  metadata: nullable(text),
})
const groupListing = object<{ group: string; state: string }>({ group: text, state: text })
const groupMember = object<GroupMember>({
  memberId: text,
  clientId: text,
  host: text,
  assignment: list(topicPartition),
})
const groupDescription = object<GroupDescription>({ group: text, state: text, members: list(groupMember) })
const topicState = object<TopicState>({
  partitions: list(
    object<TopicState['partitions'][number]>({
      partition: integer,
      leader: nullable(integer),
      replicas: list(integer),
      inSync: list(integer),
    }),
  ),
  configs: mapOf(nullable(text)),
})

const byPartition = (offsets: readonly PartitionOffset[]): Map<number, bigint> =>
  new Map(offsets.map(({ partition, offset }) => [partition, offset]))

const hasLeaders =
  (partitions: number) =>
  (leaders: KnownLeaders): boolean =>
    leaders.size >= partitions && [...leaders.values()].every((leader) => leader !== null)

const asText = (offsets: ReadonlyMap<number, bigint>): Record<string, string> =>
  Object.fromEntries([...offsets].map(([partition, offset]) => [partition, offset.toString()]))

export function createKafkaAdmin({ connection }: Pick<Probe, 'connection'>): KafkaAdmin {
  const ask = <T>(command: string, fields: object, shape: Shape<T>, limits: CallLimits = {}): Promise<T> =>
    connection.call({ ...fields, command }, shape, limits)
  const offsets = async (topic: string, at: string, { isolation, ...limits }: OffsetsOptions = {}) =>
    byPartition(await ask('offsets', { topic, at, isolation }, list(partitionOffset), limits))

  return {
    ...createClusterAdmin(connection),
    async createTopic(topic, { partitions = 1, replication = 1, assignment, configs = {}, ...limits } = {}) {
      const nodes = await ask(
        'createTopic',
        { topic, partitions, replication, assignment, configs },
        list(text),
        limits,
      )
      await everyNodeKnows(nodes, topic, hasLeaders(assignment?.length ?? partitions), limits)
    },
    async deleteTopic(topic, limits = {}) {
      const nodes = await ask('deleteTopic', { topic }, list(text), limits)
      await everyNodeKnows(nodes, topic, (leaders) => leaders.size === 0, limits)
    },
    listTopics: (limits) => ask('listTopics', {}, list(text), limits),
    describeTopic: (topic, limits) => ask('describeTopic', { topic }, topicState, limits),
    async addPartitions(topic, total, limits = {}) {
      const nodes = await ask('addPartitions', { topic, total }, list(text), limits)
      await everyNodeKnows(nodes, topic, hasLeaders(total), limits)
    },
    alterTopic: (name, configs, limits) => ask('alterConfigs', { resource: 'topic', name, configs }, nothing, limits),
    alterBroker: (nodeId, configs, limits) =>
      ask('alterConfigs', { resource: 'broker', name: String(nodeId), configs }, nothing, limits),
    deleteRecords: (topic, before, limits) => ask('deleteRecords', { topic, before: asText(before) }, nothing, limits),
    endOffsets: (topic, options) => offsets(topic, 'latest', options),
    startOffsets: (topic, limits) => offsets(topic, 'earliest', limits),
    listGroups: (limits) => ask('listGroups', {}, list(groupListing), limits),
    describeGroup: (group, limits) => ask('describeGroup', { group }, groupDescription, limits),
    deleteGroup: (group, limits) => ask('deleteGroup', { group }, nothing, limits),
    committed: (group, limits) => ask('committed', { group }, list(committedOffset), limits),
    setCommitted: (group, topic, next, limits) =>
      ask('setCommitted', { group, topic, offsets: asText(next) }, nothing, limits),
  }
}
