import { ByteReader } from '../wire/byte-reader.js'
import { ByteWriter, sizeOfString } from '../wire/byte-writer.js'
import type { WireRequest } from './wire-broker.js'

export interface ClusterNode {
  readonly nodeId: number
  readonly host: string
  readonly port: number
}

export interface TopicMetadata {
  readonly topic: string
  /** Kafka's error code of the topic; 0 is fine. It concerns nobody else. */
  readonly errorCode: number
  /** Node id of the leader by partition; -1 where there is none now. */
  readonly leaders: readonly number[]
}

export interface ClusterMetadata {
  readonly nodes: readonly ClusterNode[]
  readonly topics: readonly TopicMetadata[]
}

/** Asks for these topics only, and never creates one. Versions 5 and 6 share their layout. */
export const metadataRequest = (topics: readonly string[]): WireRequest<ClusterMetadata> => ({
  apiKey: 3,
  apiName: 'Metadata',
  versions: [5, 6],
  encode() {
    const writer = new ByteWriter(topics.reduce((size, topic) => size + sizeOfString(topic), 5))
    writer.writeInt32(topics.length)
    for (const topic of topics) writer.writeString(topic)
    writer.writeInt8(0) // allow_auto_topic_creation
    return writer.bytes
  },
  decode(payload) {
    const reader = new ByteReader(payload)
    reader.skip(4) // throttle time
    const nodes = readList(reader, 12, readNode)
    skipNullableString(reader) // cluster id
    reader.skip(4) // controller id
    return { nodes, topics: readList(reader, 9, readTopic) }
  },
})

function readNode(reader: ByteReader): ClusterNode {
  const node = { nodeId: reader.readInt32(), host: reader.readString(), port: reader.readInt32() }
  skipNullableString(reader) // rack
  return node
}

function readTopic(reader: ByteReader): TopicMetadata {
  const errorCode = reader.readInt16()
  const topic = reader.readString()
  reader.skip(1) // is internal
  const partitions = readList(reader, 22, readPartition)
  const leaders = new Array<number>(partitions.length).fill(-1)
  for (const { partition, leader } of partitions) if (partition < leaders.length) leaders[partition] = leader
  return { topic, errorCode, leaders }
}

function readPartition(reader: ByteReader): { readonly partition: number; readonly leader: number } {
  reader.skip(2) // the error says no more than a leader of -1
  const found = { partition: reader.readInt32(), leader: reader.readInt32() }
  for (let lists = 3; lists > 0; lists -= 1) reader.skip(4 * reader.readCount(4)) // replicas, in sync, offline
  return found
}

function readList<Item>(reader: ByteReader, minBytes: number, read: (reader: ByteReader) => Item): Item[] {
  const items: Item[] = []
  for (let left = reader.readCount(minBytes); left > 0; left -= 1) items.push(read(reader))
  return items
}

function skipNullableString(reader: ByteReader): void {
  const length = reader.readInt16()
  if (length > 0) reader.skip(length)
}
