import { ByteReader } from '../../wire/byte-reader.js'
import { ByteWriter, sizeOfString } from '../../wire/byte-writer.js'

const LEADER_NOT_AVAILABLE = 5

export interface FaceAddress {
  readonly host: string
  readonly port: number
}

/** A Metadata answer (version 5 or 6) of a cluster of one, as if it were two nodes with these addresses and leaders. */
export function asTwoNodes(
  frame: Buffer,
  version: number,
  addresses: readonly FaceAddress[],
  leaderOf: (topic: string, partition: number) => number,
): Buffer {
  if (version >= 10) return frame // asked for the ids of topics, not for leaders
  if (version < 5 || version > 6) throw new RangeError(`Metadata ${version} has another layout`)
  const reader = new ByteReader(frame)
  reader.skip(4 + 4 + 4) // length, correlation id, throttle time
  const beforeNodes = reader.position
  for (let left = reader.readCount(12); left > 0; left -= 1) {
    reader.skip(4)
    reader.readString()
    reader.skip(4)
    skipNullable(reader) // rack
  }
  const afterNodes = reader.position
  skipNullable(reader) // cluster id
  reader.skip(4) // controller
  for (let topics = reader.readCount(9); topics > 0; topics -= 1) {
    reader.skip(2)
    const topic = reader.readString()
    reader.skip(1)
    for (let left = reader.readCount(22); left > 0; left -= 1) {
      const errorAt = reader.position
      reader.skip(2)
      const partition = reader.readInt32()
      const leader = leaderOf(topic, partition)
      if (leader < 0) frame.writeInt16BE(LEADER_NOT_AVAILABLE, errorAt)
      frame.writeInt32BE(leader, reader.position)
      reader.skip(4)
      for (let lists = 3; lists > 0; lists -= 1) reader.skip(4 * reader.readCount(4))
    }
  }
  const answer = Buffer.concat([frame.subarray(0, beforeNodes), nodesOf(addresses), frame.subarray(afterNodes)])
  answer.writeInt32BE(answer.length - 4, 0)
  return answer
}

function nodesOf(addresses: readonly FaceAddress[]): Buffer {
  const writer = new ByteWriter(addresses.reduce((size, { host }) => size + sizeOfString(host) + 10, 4))
  writer.writeInt32(addresses.length)
  for (const [index, { host, port }] of addresses.entries()) {
    writer.writeInt32(index + 1)
    writer.writeString(host)
    writer.writeInt32(port)
    writer.writeString(null)
  }
  return writer.bytes
}

function skipNullable(reader: ByteReader): void {
  reader.skip(Math.max(0, reader.readInt16()))
}
