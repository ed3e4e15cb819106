import { ByteReader } from '../../wire/byte-reader.js'
import { ByteWriter, sizeOfString } from '../../wire/byte-writer.js'

const NOT_LEADER = 6

/** The answer of a node to a Produce request (version 5 to 7) in which it does not lead some partition: NOT_LEADER for all of them. */
export function refusedProduce(
  request: Buffer,
  isForeign: (topic: string, partition: number) => boolean,
): Buffer | undefined {
  const reader = new ByteReader(request)
  reader.skip(4 + 2 + 2)
  const correlationId = reader.readInt32()
  reader.skip(Math.max(0, reader.readInt16())) // client id
  reader.skip(Math.max(0, reader.readInt16())) // transactional id
  reader.skip(2 + 4) // acks, time-out
  const topics: { readonly topic: string; readonly partitions: number[] }[] = []
  for (let left = reader.readCount(6); left > 0; left -= 1) {
    const one = { topic: reader.readString(), partitions: [] as number[] }
    for (let partitions = reader.readCount(8); partitions > 0; partitions -= 1) {
      one.partitions.push(reader.readInt32())
      reader.skip(Math.max(0, reader.readInt32()))
    }
    topics.push(one)
  }
  if (!topics.some(({ topic, partitions }) => partitions.some((one) => isForeign(topic, one)))) return undefined
  return answer(correlationId, topics)
}

function answer(
  correlationId: number,
  topics: readonly { readonly topic: string; readonly partitions: readonly number[] }[],
): Buffer {
  const size = topics.reduce((sum, { topic, partitions }) => sum + sizeOfString(topic) + 4 + 30 * partitions.length, 16)
  const writer = new ByteWriter(size)
  writer.writeInt32(size - 4)
  writer.writeInt32(correlationId)
  writer.writeInt32(topics.length)
  for (const { topic, partitions } of topics) {
    writer.writeString(topic)
    writer.writeInt32(partitions.length)
    for (const partition of partitions) {
      writer.writeInt32(partition)
      writer.writeInt16(NOT_LEADER)
      for (let fields = 3; fields > 0; fields -= 1) writer.writeInt64(-1n) // base offset, append time, log start
    }
  }
  writer.writeInt32(0) // throttle time
  return writer.bytes
}
