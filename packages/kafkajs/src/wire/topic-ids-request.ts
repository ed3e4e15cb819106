import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
import {
  readCompactList,
  readCompactText,
  sizeOfCompactCount,
  sizeOfCompactText,
  skipTags,
  writeCompactCount,
  writeCompactText,
  writeNoTags,
} from './flexible-fields.js'
import type { ProtocolExchange, RegistryEntry } from './kafkajs-internals.js'
import { WireFault } from './wire-fault.js'

const METADATA = 3
/** The first Metadata that tells the id of a topic (KIP-516), and the first field layout with compact strings. */
const VERSION = 10
const ID_BYTES = 16
const NO_ID = '0'.repeat(2 * ID_BYTES)

/**
 * Asks for the ids of topics, which kafkajs does not know of. The id is what tells a topic from another one of the same
 * name that was created after it was deleted. The answer decodes to a map by name, without topics that have no id.
 */
export const topicIdsRequest: RegistryEntry = {
  versions: [String(VERSION)],
  protocol:
    ({ version }) =>
    (topics: readonly string[]): ProtocolExchange => {
      if (version !== VERSION) throw new WireFault('unsupported-format', `Metadata ${version} knows no topic ids`)
      const bytes = encodeTopicIdsRequest(topics)
      const request = { apiKey: METADATA, apiVersion: VERSION, apiName: 'Metadata' }
      return {
        request: { ...request, encode: async () => ({ buf: bytes, buffer: bytes }) },
        response: { decode: async (payload) => decodeTopicIds(payload), parse: async (decoded: unknown) => decoded },
        logResponseError: false,
      }
    },
}

export function encodeTopicIdsRequest(topics: readonly string[]): Buffer {
  const size = topics.reduce((sum, topic) => sum + ID_BYTES + sizeOfCompactText(topic) + 1, 5)
  const writer = new ByteWriter(size + sizeOfCompactCount(topics.length))
  writeNoTags(writer) // of the header
  writeCompactCount(writer, topics.length)
  for (const topic of topics) {
    writer.writeBytes(Buffer.alloc(ID_BYTES))
    writeCompactText(writer, topic)
    writeNoTags(writer)
  }
  writer.writeInt8(0) // allow_auto_topic_creation
  writer.writeInt8(0) // authorized operations of the cluster
  writer.writeInt8(0) // authorized operations of the topics
  writeNoTags(writer)
  return writer.bytes
}

export function decodeTopicIds(payload: Buffer): ReadonlyMap<string, string> {
  const reader = new ByteReader(payload)
  skipTags(reader) // of the header
  reader.skip(4) // throttle time
  readCompactList(reader, skipNode)
  readCompactText(reader) // cluster id
  reader.skip(4) // controller
  const ids = new Map<string, string>()
  for (const [name, id] of readCompactList(reader, readTopic)) if (name !== null && id !== NO_ID) ids.set(name, id)
  return ids
}

function skipNode(reader: ByteReader): void {
  reader.skip(4) // node id
  readCompactText(reader) // host
  reader.skip(4) // port
  readCompactText(reader) // rack
  skipTags(reader)
}

function readTopic(reader: ByteReader): readonly [name: string | null, id: string] {
  reader.skip(2) // error code: a topic that is not there has no id
  const name = readCompactText(reader)
  const id = reader.take(ID_BYTES).toString('hex')
  reader.skip(1) // is internal
  readCompactList(reader, skipPartition)
  reader.skip(4) // authorized operations
  skipTags(reader)
  return [name, id]
}

function skipPartition(reader: ByteReader): void {
  reader.skip(2 + 4 + 4 + 4) // error, partition, leader, epoch
  for (let lists = 3; lists > 0; lists -= 1) readCompactList(reader, () => reader.skip(4)) // replicas, in sync, offline
  skipTags(reader)
}
