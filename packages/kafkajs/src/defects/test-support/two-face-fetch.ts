import { ByteReader } from '../../wire/byte-reader.js'
import { ByteWriter, sizeOfString } from '../../wire/byte-writer.js'

const NOT_LEADER = 6
const VERSION = 11
/** Of one partition in the answer: number, error, three offsets, no aborted transactions, no replica, no records. */
const PARTITION_BYTES = 4 + 2 + 3 * 8 + 4 + 4 + 4

/** The answer of a node to a Fetch request in which it does not lead some partition: NOT_LEADER for all of them. */
export function refusedFetch(
  request: Buffer,
  isForeign: (topic: string, partition: number) => boolean,
): Buffer | undefined {
  const reader = new ByteReader(request)
  reader.skip(4 + 2)
  const version = reader.readInt16()
  if (version !== VERSION) throw new RangeError(`Fetch ${version} has another layout`)
  const correlationId = reader.readInt32()
  reader.skip(Math.max(0, reader.readInt16())) // client id
  reader.skip(4 + 4 + 4 + 4 + 1 + 4 + 4) // replica, wait, bytes, bytes, isolation, session, epoch
  const topics = Array.from({ length: reader.readCount(6) }, () => ({
    topic: reader.readString(),
    partitions: Array.from({ length: reader.readCount(28) }, () => {
      const partition = reader.readInt32()
      reader.skip(4 + 8 + 8 + 4) // leader epoch, offset, log start, bytes
      return partition
    }),
  }))
  if (!topics.some(({ topic, partitions }) => partitions.some((one) => isForeign(topic, one)))) return undefined
  const size = topics.reduce(
    (sum, { topic, partitions }) => sum + sizeOfString(topic) + 4 + PARTITION_BYTES * partitions.length,
    4 + 4 + 4 + 2 + 4 + 4,
  )
  const writer = new ByteWriter(size)
  writer.writeInt32(size - 4)
  writer.writeInt32(correlationId)
  writer.writeInt32(0) // throttle time
  writer.writeInt16(0)
  writer.writeInt32(0) // session
  writer.writeInt32(topics.length)
  for (const { topic, partitions } of topics) {
    writer.writeString(topic)
    writer.writeInt32(partitions.length)
    for (const partition of partitions) {
      writer.writeInt32(partition)
      writer.writeInt16(NOT_LEADER)
      for (let offsets = 3; offsets > 0; offsets -= 1) writer.writeInt64(-1n)
      for (const absent of [-1, -1, 0]) writer.writeInt32(absent)
    }
  }
  return writer.bytes
}
