import type { LogConfig } from '../log/log-config.js'
import type { PartitionLog } from '../log/partition-log.js'
import { errorCode } from '../protocol/error-codes.js'
import type { BrokerEvent } from '../observe/broker-events.js'
import { type ConfigOverrides, checkTopicConfigs } from './check-topic-config.js'
import { createLogSettings } from './log-settings.js'
import { type Refusal, refuse } from './refusal.js'
import type { Partition, Topic } from './topic.js'
import { createTopicIndex, type TopicIndex } from './topic-index.js'
import { refuseTopicName } from './topic-name.js'

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
  const index = createTopicIndex<StoredTopic>()
  const stock = createPartitionStock(createLog)

  const check = (spec: TopicSpec): Refusal | undefined => refuseSpec(spec, index) ?? stock.refuse(spec.partitions)

  const checkGrowth = (name: string, count: number): Refusal | undefined => {
    const current = index.find(name)?.partitions.length
    // Kafka has no words for it here.
    if (current === undefined) return refuse(errorCode.UNKNOWN_TOPIC_OR_PARTITION, null)
    return refuseGrowth(name, current, count) ?? stock.refuse(count - current)
  }

  return {
    find: index.find,
    findById: index.findById,
    partition: (name, at) => index.find(name)?.partitions[at],
    all: index.all,
    check,
    create(spec) {
      const refusal = check(spec)
      if (refusal !== undefined) return refusal
      const topic = newTopic(spec, newTopicId())
      index.add(topic)
      stock.grow(topic, spec.partitions)
      emit({ kind: 'topic.created', topic: topic.name, partitions: spec.partitions })
      return undefined
    },
    delete(name) {
      const topic = index.find(name)
      if (topic === undefined) return unknownTopic()
      index.remove(topic)
      stock.giveBack(topic)
      onDeleted(name)
      emit({ kind: 'topic.deleted', topic: name })
      return undefined
    },
    checkGrowth,
    addPartitions(name, count) {
      const topic = index.find(name)
      const refusal = checkGrowth(name, count)
      if (topic === undefined || refusal !== undefined) return refusal
      stock.grow(topic, count)
      emit({ kind: 'topic.extended', topic: name, partitions: count })
      return undefined
    },
    configure(name, config) {
      const topic = index.find(name)
      if (topic === undefined) return
      topic.config = config
      emit({ kind: 'topic.configured', topic: name })
    },
    close() {
      for (const topic of index.all()) closeLogs(topic)
    },
  }
}

/** The partitions of all topics together: no more than a broker keeps. */
function createPartitionStock(createLog: TopicsDeps['createLog']) {
  let total = 0
  return {
    /** Why there is no room for so many more. */
    refuse(more: number): Refusal | undefined {
      if (total + more <= maxPartitions) return undefined
      return refuse(errorCode.POLICY_VIOLATION, `This broker holds at most ${maxPartitions} partitions.`)
    },
    grow(topic: StoredTopic, count: number): void {
      for (let index = topic.partitions.length; index < count; index += 1) {
        const log = createLog({ topic: topic.name, partition: index, config: topic.settings })
        topic.partitions.push({ index, log })
        total += 1
      }
    },
    giveBack(topic: StoredTopic): void {
      total -= topic.partitions.length
      closeLogs(topic)
    },
  }
}

function closeLogs({ partitions }: Topic): void {
  for (const { log } of partitions) log.close()
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

/** Why there can be no such topic beside those that there are, room aside. */
function refuseSpec({ name, partitions, config }: TopicSpec, index: TopicIndex<Topic>): Refusal | undefined {
  if (index.find(name) !== undefined) {
    return refuse(errorCode.TOPIC_ALREADY_EXISTS, `Topic '${name}' already exists.`)
  }
  const other = index.findAlike(name)
  return (
    refuseTopicName(name) ??
    (other === undefined ? undefined : collision(name, other.name)) ??
    checkTopicConfigs(config ?? new Map()) ??
    (partitions > 0 ? undefined : notPositive())
  )
}

/** Why this topic of `current` partitions cannot become one of `count`. */
function refuseGrowth(name: string, current: number, count: number): Refusal | undefined {
  if (count > current) return undefined
  const why =
    count === current
      ? `Topic already has ${current} partition(s).`
      : `The topic ${name} currently has ${current} partition(s); ${count} would not be an increase.`
  return refuse(errorCode.INVALID_PARTITIONS, why)
}
