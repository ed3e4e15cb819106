import type { OutgoingRecord, Position, TopicDescription } from '@millrace/core'
import { createPartitionLog, type LoggedRecord, type NewRecord, type PartitionLog } from './partition-log.js'
import { partitionForKey } from './partition-for-key.js'

export interface ScriptedTopicOptions {
  /** Default 1. */
  readonly partitions?: number
  /** Where the offsets of every partition begin. Default 0. */
  readonly firstOffset?: bigint
  /** Larger records are refused. Unlimited when left out. */
  readonly maxMessageBytes?: number
  /** What `describeTopics` says; nothing is ever removed by age. */
  readonly retentionMs?: number
}

/** A record as it stands in a topic of the scripted driver. */
export interface StoredRecord extends LoggedRecord, Position {}

export interface ScriptedTopic {
  readonly description: TopicDescription
  readonly partitions: readonly PartitionLog[]
  /** The partition a record belongs to: its own, its key's, or the next in turn. */
  partitionOf(record: Pick<OutgoingRecord, 'partition' | 'key'>): number
}

export interface ScriptedTopics {
  create(name: string, options?: ScriptedTopicOptions): ScriptedTopic
  /** Creates those that are missing, where topics are to be created; otherwise they stay missing. */
  ensure(names: readonly string[]): void
  get(name: string): ScriptedTopic | undefined
  /** Removes a topic and its records. One of the same name that is created later begins anew. */
  remove(name: string): void
  names(): readonly string[]
  /** @throws Error when the topic or partition does not exist: a slip of the test, not of the worker. */
  log(topic: string, partition: number): PartitionLog
  append(topic: string, record: NewRecord & { readonly partition?: number }): Position
  /** Everything in a topic: by partition, then by offset. */
  records(topic: string): readonly StoredRecord[]
}

function createTopic(name: string, options: ScriptedTopicOptions, segmentRecords: number): ScriptedTopic {
  const { partitions: count = 1, firstOffset = 0n, maxMessageBytes, retentionMs } = options
  const partitions = Array.from({ length: count }, () => createPartitionLog({ firstOffset, segmentRecords }))
  let next = 0
  return {
    description: {
      name,
      partitions: count,
      ...(maxMessageBytes === undefined ? {} : { maxMessageBytes }),
      ...(retentionMs === undefined ? {} : { retentionMs }),
    },
    partitions,
    partitionOf({ partition, key }) {
      if (partition !== undefined) return partition
      if (key !== null) return partitionForKey(key, count)
      next += 1
      return (next - 1) % count
    },
  }
}

export interface ScriptedTopicsOptions {
  readonly segmentRecords: number
  /** How `ensure` creates a topic. Left out: it creates none. */
  readonly createTopics?: ScriptedTopicOptions | undefined
}

/** The topics of a scripted driver: in memory, made on purpose only. */
export function createScriptedTopics({ segmentRecords, createTopics }: ScriptedTopicsOptions): ScriptedTopics {
  const topics = new Map<string, ScriptedTopic>()

  const existing = (name: string): ScriptedTopic => {
    const topic = topics.get(name)
    if (topic === undefined) throw new Error(`there is no topic "${name}"; there are: ${[...topics.keys()].join(', ')}`)
    return topic
  }
  const logOf = (topic: string, partition: number): PartitionLog => {
    const log = existing(topic).partitions[partition]
    if (log === undefined) throw new Error(`topic "${topic}" has no partition ${partition}`)
    return log
  }

  function create(name: string, options: ScriptedTopicOptions = {}): ScriptedTopic {
    if (topics.has(name)) throw new Error(`topic "${name}" exists already`)
    const topic = createTopic(name, options, segmentRecords)
    topics.set(name, topic)
    return topic
  }

  return {
    create,
    ensure(names) {
      if (createTopics === undefined) return
      for (const name of names) if (!topics.has(name)) create(name, createTopics)
    },
    get: (name) => topics.get(name),
    remove: (name) => void topics.delete(name),
    names: () => [...topics.keys()],
    log: logOf,
    append(topic, record) {
      const partition = existing(topic).partitionOf(record)
      return { topic, partition, offset: logOf(topic, partition).append(record) }
    },
    records: (topic) =>
      existing(topic).partitions.flatMap((log, partition) =>
        log.all().map((record) => ({ ...record, topic, partition })),
      ),
  }
}
