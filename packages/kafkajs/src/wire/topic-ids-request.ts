import { ByteReader } from './byte-reader.js'
import { ByteWriter } from './byte-writer.js'
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
  const names = topics.map((topic) => Buffer.from(topic))
  const writer = new ByteWriter(names.reduce((size, name) => size + ID_BYTES + name.length + 4, 16))
  writer.writeInt8(0) // tagged fields of the header
  writeCount(writer, names.length)
  for (const name of names) {
    writer.writeBytes(Buffer.alloc(ID_BYTES))
    writeCount(writer, name.length)
    writer.writeBytes(name)
    writer.writeInt8(0) // tagged fields
  }
  writer.writeInt8(0) // allow_auto_topic_creation
  writer.writeInt8(0) // authorized operations of the cluster
  writer.writeInt8(0) // authorized operations of the topics
  writer.writeInt8(0) // tagged fields
  return writer.bytes.subarray(0, writer.position)
}

export function decodeTopicIds(payload: Buffer): ReadonlyMap<string, string> {
  const reader = new ByteReader(payload)
  skipTags(reader) // of the header
  reader.skip(4) // throttle time
  forEach(reader, () => {
    reader.skip(4) // node id
    takeText(reader)
    reader.skip(4) // port
    takeText(reader) // rack
    skipTags(reader)
  })
  takeText(reader) // cluster id
  reader.skip(4) // controller
  const ids = new Map<string, string>()
  forEach(reader, () => {
    reader.skip(2) // error code: a topic that is not there has no id
    const name = takeText(reader)
    const id = reader.take(ID_BYTES).toString('hex')
    if (name !== undefined && id !== NO_ID) ids.set(name.toString(), id)
    reader.skip(1) // is internal
    forEach(reader, () => skipPartition(reader))
    reader.skip(4) // authorized operations
    skipTags(reader)
  })
  return ids
}

function skipPartition(reader: ByteReader): void {
  reader.skip(2 + 4 + 4 + 4) // error, partition, leader, epoch
  for (let lists = 3; lists > 0; lists -= 1) forEach(reader, () => reader.skip(4)) // replicas, in sync, offline
  skipTags(reader)
}

/** Counts and lengths of compact fields are one more than what they count; 0 is null. */
function writeCount(writer: ByteWriter, count: number): void {
  let rest = count + 1
  for (; rest > 0x7f; rest >>>= 7) writer.writeBytes(Uint8Array.of((rest & 0x7f) | 0x80))
  writer.writeBytes(Uint8Array.of(rest))
}

function forEach(reader: ByteReader, read: () => void): void {
  for (let left = readUnsigned(reader) - 1; left > 0; left -= 1) read()
}

function takeText(reader: ByteReader): Buffer | undefined {
  const length = readUnsigned(reader) - 1
  return length < 0 ? undefined : reader.take(length)
}

function skipTags(reader: ByteReader): void {
  for (let left = readUnsigned(reader); left > 0; left -= 1) {
    readUnsigned(reader)
    reader.skip(readUnsigned(reader))
  }
}

/** What `readVarint` reads as zigzag, unfolded. */
function readUnsigned(reader: ByteReader): number {
  const folded = reader.readVarint()
  return ((folded << 1) ^ (folded >> 31)) >>> 0
}
