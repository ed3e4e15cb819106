import type { Clock, Position } from '@millrace/core'
import { type ScriptedRecord, toBytes } from './scripted-record.js'
import type { ScriptedTopicOptions, ScriptedTopics, StoredRecord } from './scripted-topics.js'

/** What a test does to the topics of a scripted driver, and what it finds in them. */
export interface ScriptedLogs {
  createTopic(name: string, options?: ScriptedTopicOptions): void
  /** Its leases can't be read until a topic of that name is created again. */
  deleteTopic(name: string): void
  topics(): readonly string[]
  /** Appends a record: to its partition, its key's (as the Java client counts), or the next in turn. */
  send(topic: string, record: ScriptedRecord): Position
  /** Uses offsets up without a record, as transaction markers and compaction do. */
  leaveGap(topic: string, partition: number, offsets: number): void
  /** Readers see nothing of what is appended from now on until the returned function is called: an open transaction. */
  openTransaction(topic: string, partition: number): () => void
  /** Removes everything below an offset, as retention does. */
  truncate(topic: string, partition: number, before: bigint): void
  records(topic: string): readonly StoredRecord[]
  endOffset(topic: string, partition: number): bigint
}

interface LogParts {
  readonly clock: Clock
  readonly topics: ScriptedTopics
  /** Called after every change that may leave something to hand over. */
  readonly wake: () => void
}

export const createScriptedLogs = ({ clock, topics, wake }: LogParts): ScriptedLogs => ({
  createTopic(name, options) {
    topics.create(name, options)
    wake()
  },
  deleteTopic(name) {
    topics.remove(name)
    wake()
  },
  topics: () => topics.names(),
  send(topic, record) {
    const at = topics.append(topic, toBytes(record, clock))
    wake()
    return at
  },
  leaveGap(topic, partition, offsets) {
    topics.log(topic, partition).leaveGap(offsets)
    wake()
  },
  openTransaction(topic, partition) {
    const release = topics.log(topic, partition).hold()
    return () => {
      release()
      wake()
    }
  },
  truncate: (topic, partition, before) => topics.log(topic, partition).truncate(before),
  records: (topic) => topics.records(topic),
  endOffset: (topic, partition) => topics.log(topic, partition).endOffset,
})
