import type { GroupCoordinator } from '../groups/group-coordinator.js'
import type { GroupView } from '../groups/group-view.js'
import type { ConnectionView } from '../server/broker-server.js'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import type { TransactionView } from '../transactions/transaction-view.js'
import { BrokerControlError } from './control-error.js'
import { type InspectableLog, type LogView, logView, type RecordView } from './log-view.js'
import { inspectionText } from './inspection-text.js'
import { type BrokerSnapshot, snapshotOf } from './snapshot.js'

/** What a broker holds, read at the moment of asking and never through the wire. Nothing in here changes anything. */
export interface Inspection {
  /** In the order of their creation. */
  readonly topics: readonly TopicView[]
  /** Undefined where there is no such topic. */
  topic(name: string): TopicView | undefined
  /** Throws `BROKER_UNKNOWN_PARTITION` where there is none. */
  log(topic: string, partition: number): LogView
  /**
   * All records of a topic that a `read_committed` reader would get now, by partition and offset. Throws `BROKER_UNKNOWN_PARTITION`
   * where there is no such topic.
   */
  records(topic: string): RecordView[]
  readonly groups: readonly GroupView[]
  /** Undefined where nobody has ever joined or committed, or the group is gone. */
  group(groupId: string): GroupView | undefined
  /** The next offset to read; undefined where none is committed. */
  committed(groupId: string, topic: string, partition: number): bigint | undefined
  readonly transactions: readonly TransactionView[]
  transaction(transactionalId: string): TransactionView | undefined
  readonly connections: readonly ConnectionView[]
  /** All of it as plain data, records decoded. */
  snapshot(): BrokerSnapshot
  /** The whole view on some lines, without records. */
  toString(): string
}

export interface TopicView {
  readonly name: string
  readonly id: string
  readonly partitions: readonly LogView[]
}

/** A topic of which all can be shown. */
export interface InspectableTopic {
  readonly name: string
  readonly id: string
  readonly partitions: readonly { readonly index: number; readonly log: InspectableLog }[]
}

export interface InspectionParts {
  readonly topics: {
    all(): readonly InspectableTopic[]
    find(name: string): InspectableTopic | undefined
  }
  readonly groups: Pick<GroupCoordinator, 'describe' | 'list'>
  readonly transactions: Pick<TransactionCoordinator, 'describe' | 'list'>
  readonly connections: () => readonly ConnectionView[]
}

export function createInspection({ topics, groups, transactions, connections }: InspectionParts): Inspection {
  const known = (): string => {
    const names = topics.all().map(({ name, partitions }) => `${name} (${partitions.length})`)
    return names.length === 0 ? 'it has no topics' : `it has ${names.join(', ')}`
  }
  const found = (name: string): InspectableTopic => {
    const topic = topics.find(name)
    if (topic !== undefined) return topic
    throw new BrokerControlError('BROKER_UNKNOWN_PARTITION', `This broker has no topic "${name}"; ${known()}.`)
  }
  const inspection: Inspection = {
    get topics() {
      return topics.all().map(topicView)
    },
    topic(name) {
      const topic = topics.find(name)
      return topic && topicView(topic)
    },
    log(name, index) {
      const log = found(name).partitions[index]?.log
      if (log !== undefined) return logView(log)
      throw new BrokerControlError('BROKER_UNKNOWN_PARTITION', `"${name}" has no partition ${index}; ${known()}.`)
    },
    records: (name) => found(name).partitions.flatMap(({ log }) => readable(logView(log))),
    get groups() {
      return groups.list()
    },
    group: (groupId) => groups.describe(groupId),
    committed: (groupId, topic, partition) =>
      groups.describe(groupId)?.committed.find((entry) => entry.topic === topic && entry.partition === partition)
        ?.offset,
    get transactions() {
      return transactions.list()
    },
    transaction: (id) => transactions.describe(id),
    get connections() {
      return connections()
    },
    snapshot: () => snapshotOf(inspection),
    toString: () => inspectionText(inspection),
  }
  return inspection
}

const topicView = ({ name, id, partitions }: InspectableTopic): TopicView => ({
  name,
  id,
  partitions: partitions.map(({ log }) => logView(log)),
})

const readable = ({ records, stableOffset }: LogView): RecordView[] =>
  records.filter(
    ({ transaction, offset }) => offset < stableOffset && (transaction === 'none' || transaction === 'committed'),
  )
