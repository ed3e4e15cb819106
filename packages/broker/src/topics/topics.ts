import type { LogConfig } from '../log/log-config.js'
import type { PartitionLog } from '../log/partition-log.js'
import { errorCode } from '../protocol/error-codes.js'
import type { BrokerEvent } from '../observe/broker-events.js'
import { type ConfigOverrides, checkTopicConfigs } from './check-topic-config.js'
import { createLogSettings } from './log-settings.js'
import { type Refusal, refuse } from './refusal.js'
import type { Partition, Topic } from './topic.js'
import { collisionKey, refuseTopicName } from './topic-name.js'

export interface TopicSpec {
  readonly name: string
  readonly partitions: number
  readonly config?: ReadonlyMap<string, string | null>
}

/** What one broker keeps, at most: more is refused, not swapped. */
export const maxPartitions = 100_000

export interface Topics {
  find(name: string): Topic | undefined
  findById(id: string): Topic | undefined
  partition(name: string, index: number): Partition | undefined
  /** In the order of their creation. */
  all(): readonly Topic[]
  /** Why `create` would refuse this; undefined where it would not. */
  check(spec: TopicSpec): Refusal | undefined
  create(spec: TopicSpec): Refusal | undefined
  /** Closes its logs, so that those who wait on them are woken. */
  delete(name: string): Refusal | undefined
  /** Why `addPartitions` would refuse this; undefined where it would not. */
  checkGrowth(name: string, count: number): Refusal | undefined
  /** `count` is the new total. */
  addPartitions(name: string, count: number): Refusal | undefined
  /** Replaces what was set. Logs see it at once. The caller has checked the values. */
  configure(name: string, config: ConfigOverrides): void
  close(): void
}

export interface TopicsDeps {
  readonly createLog: (at: { topic: string; partition: number; config: LogConfig }) => PartitionLog
  readonly newTopicId: () => string
  readonly emit: (event: BrokerEvent) => void
  /** For who keeps something by topic. */
  readonly onDeleted: (topic: string) => void
}

interface StoredTopic extends Topic {
  partitions: Partition[]
  config: ConfigOverrides
  readonly settings: LogConfig
}

/** The topics of one broker. Nothing here waits: what a call changed, the next request sees. */
export function createTopics({ createLog, newTopicId, emit, onDeleted }: TopicsDeps): Topics {
  const byName = new Map<string, StoredTopic>()
  const byId = new Map<string, StoredTopic>()
  /** Names by their collision key, so that a new name is compared with one other and not with all. */
  const keys = new Map<string, string>()
  let partitionCount = 0

  const grow = (topic: StoredTopic, count: number): void => {
    for (let index = topic.partitions.length; index < count; index += 1) {
      const log = createLog({ topic: topic.name, partition: index, config: topic.settings })
      topic.partitions.push({ index, log })
      partitionCount += 1
    }
  }

  const refuseCount = (more: number): Refusal | undefined =>
    partitionCount + more > maxPartitions
      ? refuse(errorCode.POLICY_VIOLATION, `This broker holds at most ${maxPartitions} partitions.`)
      : undefined

  const check = ({ name, partitions, config }: TopicSpec): Refusal | undefined => {
    const other = keys.get(collisionKey(name))
    if (byName.has(name)) return refuse(errorCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`)
    return (
      refuseTopicName(name) ??
      (other === undefined ? undefined : collision(name, other)) ??
      checkTopicConfigs(config ?? new Map()) ??
      (partitions > 0 ? undefined : notPositive()) ??
      refuseCount(partitions)
    )
  }

  const checkGrowth = (name: string, count: number): Refusal | undefined => {
    const current = byName.get(name)?.partitions.length
    // Kafka has no words for it here.
    if (current === undefined) return refuse(errorCode.UNKNOWN_TOPIC_OR_PARTITION, null)
    return refuseGrowth(name, current, count) ?? refuseCount(count - current)
  }

  return {
    find: (name) => byName.get(name),
    findById: (id) => byId.get(id),
    partition: (name, index) => byName.get(name)?.partitions[index],
    all: () => [...byName.values()],
    check,
    create(spec) {
      const refusal = check(spec)
      if (refusal !== undefined) return refusal
      const topic = newTopic(spec, newTopicId())
      byName.set(topic.name, topic)
      byId.set(topic.id, topic)
      keys.set(collisionKey(topic.name), topic.name)
      grow(topic, spec.partitions)
      emit({ kind: 'topic.created', topic: topic.name, partitions: spec.partitions })
      return undefined
    },
    delete(name) {
      const topic = byName.get(name)
      if (topic === undefined) return unknownTopic()
      byName.delete(name)
      byId.delete(topic.id)
      keys.delete(collisionKey(name))
      partitionCount -= topic.partitions.length
      for (const { log } of topic.partitions) log.close()
      onDeleted(name)
      emit({ kind: 'topic.deleted', topic: name })
      return undefined
    },
    checkGrowth,
    addPartitions(name, count) {
      const topic = byName.get(name)
      const refusal = checkGrowth(name, count)
      if (topic === undefined || refusal !== undefined) return refusal
      grow(topic, count)
      emit({ kind: 'topic.extended', topic: name, partitions: count })
      return undefined
    },
    configure(name, config) {
      const topic = byName.get(name)
      if (topic === undefined) return
      topic.config = config
      emit({ kind: 'topic.configured', topic: name })
    },
    close() {
      for (const topic of byName.values()) for (const { log } of topic.partitions) log.close()
    },
  }
}

function newTopic({ name, config }: TopicSpec, id: string): StoredTopic {
  const set = new Map<string, string>()
  for (const [key, value] of config ?? []) if (value !== null) set.set(key, value)
  const topic: StoredTopic = { name, id, partitions: [], config: set, settings: createLogSettings(() => topic.config) }
  return topic
}

const collision = (name: string, other: string): Refusal =>
  refuse(errorCode.INVALID_TOPIC_EXCEPTION, `Topic '${name}' collides with existing topic: ${other}`)

const notPositive = (): Refusal =>
  refuse(errorCode.INVALID_PARTITIONS, 'Number of partitions was set to an invalid non-positive value.')

const unknownTopic = (): Refusal =>
  refuse(errorCode.UNKNOWN_TOPIC_OR_PARTITION, 'This server does not host this topic-partition.')

/** Why this topic of `current` partitions cannot become one of `count`. */
function refuseGrowth(name: string, current: number, count: number): Refusal | undefined {
  if (count > current) return undefined
  const why =
    count === current
      ? `Topic already has ${current} partition(s).`
      : `The topic ${name} currently has ${current} partition(s); ${count} would not be an increase.`
  return refuse(errorCode.INVALID_PARTITIONS, why)
}
