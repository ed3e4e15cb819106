import type { Inspection } from './inspection.js'
import type { LogView, RecordView } from './log-view.js'

/** All that a broker holds as plain data: to attach to a failed test, or to compare two runs. `JSON.stringify` takes it. */
export interface BrokerSnapshot {
  readonly topics: Readonly<Record<string, readonly PartitionSnapshot[]>>
  readonly groups: Readonly<Record<string, GroupSnapshot>>
  readonly transactions: Readonly<Record<string, TransactionSnapshot>>
}

/** Offsets and ids are decimal text. */
export interface PartitionSnapshot {
  readonly startOffset: string
  readonly endOffset: string
  readonly stableOffset: string
  readonly records: readonly RecordSnapshot[]
}

export interface RecordSnapshot {
  readonly offset: string
  readonly timestamp: string
  /** Text where the bytes are UTF-8, else `base64:` and their base64. */
  readonly key: string | null
  readonly value: string | null
  readonly headers: readonly (readonly [name: string, value: string | null])[]
  readonly transaction: RecordView['transaction']
}

export interface GroupSnapshot {
  readonly state: string
  readonly generation: number
  readonly members: readonly string[]
  /** By `topic/partition`. */
  readonly committed: Readonly<Record<string, string>>
}

export interface TransactionSnapshot {
  readonly status: string
  readonly producerId: string
  readonly producerEpoch: number
}

export const snapshotOf = (view: Inspection): BrokerSnapshot => ({
  topics: Object.fromEntries(view.topics.map(({ name, partitions }) => [name, partitions.map(partitionSnapshot)])),
  groups: Object.fromEntries(
    view.groups.map(({ groupId, state, generation, members, committed }) => [
      groupId,
      {
        state,
        generation,
        members: members.map(({ memberId }) => memberId),
        committed: Object.fromEntries(
          committed.map(({ topic, partition, offset }) => [`${topic}/${partition}`, String(offset)]),
        ),
      },
    ]),
  ),
  transactions: Object.fromEntries(
    view.transactions.map(({ transactionalId, status, producerId, producerEpoch }) => [
      transactionalId,
      { status, producerId: String(producerId), producerEpoch },
    ]),
  ),
})

const partitionSnapshot = ({ startOffset, endOffset, stableOffset, records }: LogView): PartitionSnapshot => ({
  startOffset: String(startOffset),
  endOffset: String(endOffset),
  stableOffset: String(stableOffset),
  records: records.map(({ offset, timestamp, key, value, headers, transaction }) => ({
    offset: String(offset),
    timestamp: String(timestamp),
    key: bytesText(key),
    value: bytesText(value),
    headers: headers.map((header) => [header.key, bytesText(header.value)] as const),
    transaction,
  })),
})

function bytesText(bytes: Buffer | null): string | null {
  if (bytes === null) return null
  const text = bytes.toString('utf8')
  return Buffer.from(text).equals(bytes) && !text.startsWith('base64:') ? text : `base64:${bytes.toString('base64')}`
}
