import type { WireRequest } from '../../produce/wire-broker.js'
import { ByteReader } from '../../wire/byte-reader.js'
import { ByteWriter, sizeOfString } from '../../wire/byte-writer.js'
import { sizeOfScope, type TransactionScope, writeScope } from './transaction-scope.js'

export interface AddedPartition {
  readonly topic: string
  readonly partition: number
  readonly errorCode: number
}

/** AddPartitionsToTxn: makes partitions part of the transaction, which begins with the first. Versions 0 and 1 share their layout. */
export const addPartitionsRequest = (
  scope: TransactionScope,
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): WireRequest<readonly AddedPartition[]> => ({
  apiKey: 24,
  apiName: 'AddPartitionsToTxn',
  versions: [0, 1],
  encode() {
    const topics = [...Map.groupBy(partitions, ({ topic }) => topic)]
    const size = topics.reduce((sum, [topic, those]) => sum + sizeOfString(topic) + 4 + 4 * those.length, 4)
    const writer = new ByteWriter(sizeOfScope(scope) + size)
    writeScope(writer, scope)
    writer.writeInt32(topics.length)
    for (const [topic, those] of topics) {
      writer.writeString(topic)
      writer.writeInt32(those.length)
      for (const { partition } of those) writer.writeInt32(partition)
    }
    return writer.bytes
  },
  decode(payload) {
    const reader = new ByteReader(payload)
    reader.skip(4) // throttle time
    const added: AddedPartition[] = []
    for (let topics = reader.readCount(6); topics > 0; topics -= 1) {
      const topic = reader.readString()
      for (let left = reader.readCount(6); left > 0; left -= 1) {
        added.push({ topic, partition: reader.readInt32(), errorCode: reader.readInt16() })
      }
    }
    return added
  },
})
