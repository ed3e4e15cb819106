import type { OffsetToCommit } from '../../member/group-offsets.js'
import type { WireRequest } from '../../produce/wire-broker.js'
import { ByteReader } from '../../wire/byte-reader.js'
import { ByteWriter } from '../../wire/byte-writer.js'
import {
  readCompactList,
  readCompactText,
  sizeOfCompactCount,
  sizeOfCompactText,
  skipTags,
  writeCompactCount,
  writeCompactText,
  writeNoTags,
} from '../../wire/flexible-fields.js'
import type { AddedPartition } from './add-partitions.js'
import type { TransactionScope } from './transaction-scope.js'

/** Who commits, as the group knows it: what fences a member that is no longer one (KIP-447). */
export interface GroupData {
  readonly group: string
  readonly memberId: string
  readonly generation: number
  readonly instanceId?: string | undefined
}

/** The first version that carries the member and its generation. The ones before are accepted from anybody (K2). */
export const TXN_OFFSET_COMMIT_VERSION = 3

/** TxnOffsetCommit: offsets that count once the transaction is committed. An answer per partition. */
export const txnOffsetCommitRequest = (
  scope: TransactionScope,
  member: GroupData,
  offsets: readonly OffsetToCommit[],
): WireRequest<readonly AddedPartition[]> => ({
  apiKey: 28,
  apiName: 'TxnOffsetCommit',
  versions: [TXN_OFFSET_COMMIT_VERSION],
  encode: () => encodeTxnOffsetCommit(scope, member, offsets),
  decode: decodeTxnOffsetCommit,
})

/** @throws TypeError without group data: a broker takes that for a client that wants no fencing. */
function encodeTxnOffsetCommit(
  { transactionalId, identity: { id, epoch } }: TransactionScope,
  { group, memberId, generation, instanceId }: GroupData,
  offsets: readonly OffsetToCommit[],
): Buffer {
  if (memberId === '' || generation < 0) throw new TypeError('offsets of a transaction need a member and a generation')
  const instance = instanceId ?? null
  const topics = [...Map.groupBy(offsets, ({ topic }) => topic)]
  const writer = new ByteWriter(
    sizeOfTopics(topics) +
      [transactionalId, group, memberId, instance].map(sizeOfCompactText).reduce((size, one) => size + one, 16),
  )
  writeNoTags(writer) // of the header
  writeCompactText(writer, transactionalId)
  writeCompactText(writer, group)
  writer.writeInt64(id)
  writer.writeInt16(epoch)
  writer.writeInt32(generation)
  writeCompactText(writer, memberId)
  writeCompactText(writer, instance)
  writeCompactCount(writer, topics.length)
  for (const [topic, those] of topics) {
    writeCompactText(writer, topic)
    writeCompactCount(writer, those.length)
    for (const { partition, offset, metadata = null } of those) {
      writer.writeInt32(partition)
      writer.writeInt64(offset)
      writer.writeInt32(-1) // leader epoch: not known
      writeCompactText(writer, metadata)
      writeNoTags(writer)
    }
    writeNoTags(writer)
  }
  writeNoTags(writer)
  return writer.bytes
}

function sizeOfTopics(topics: readonly (readonly [string, readonly OffsetToCommit[]])[]): number {
  let size = sizeOfCompactCount(topics.length)
  for (const [topic, those] of topics) {
    size += sizeOfCompactText(topic) + sizeOfCompactCount(those.length) + 1
    for (const { metadata = null } of those) size += 4 + 8 + 4 + sizeOfCompactText(metadata) + 1
  }
  return size
}

function decodeTxnOffsetCommit(payload: Buffer): AddedPartition[] {
  const reader = new ByteReader(payload)
  skipTags(reader) // of the header
  reader.skip(4) // throttle time
  return readCompactList(reader, readTopic).flat()
}

function readTopic(reader: ByteReader): AddedPartition[] {
  const topic = readCompactText(reader) ?? ''
  const partitions = readCompactList(reader, (): AddedPartition => {
    const answer = { topic, partition: reader.readInt32(), errorCode: reader.readInt16() }
    skipTags(reader)
    return answer
  })
  skipTags(reader)
  return partitions
}
