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

export interface OffsetFetchQuestion {
  readonly group: string
  readonly partitions: readonly { readonly topic: string; readonly partition: number }[]
  /** Partitions whose offset a transaction holds open are answered with error 88 (KIP-447), not with the offset before it. */
  readonly requireStable: boolean
}

export interface OffsetFetchAnswer {
  /** Of the group as a whole; 0 is fine. */
  readonly errorCode: number
  readonly partitions: readonly FetchedOffset[]
}

export interface FetchedOffset {
  readonly topic: string
  readonly partition: number
  /** Concerns nobody else. */
  readonly errorCode: number
  /** The next to read; -1 where nothing is committed. */
  readonly offset: bigint
}

/** Only version 7 is ours: the first that can ask for stable offsets, and the last with one group. */
export const OFFSET_FETCH_VERSION = 7

/** OffsetFetch 7 as a request of its own; `WireRequest` of the sender's links takes it. */
export const offsetFetchRequest = (question: OffsetFetchQuestion) => ({
  apiKey: 9,
  apiName: 'OffsetFetch',
  versions: [OFFSET_FETCH_VERSION] as const,
  encode: (): Buffer => encodeOffsetFetch(question),
  decode: decodeOffsetFetch,
})

export function encodeOffsetFetch({ group, partitions, requireStable }: OffsetFetchQuestion): Buffer {
  const topics = [...Map.groupBy(partitions, ({ topic }) => topic)]
  const size = topics.reduce(
    (sum, [topic, those]) => sum + sizeOfCompactText(topic) + sizeOfCompactCount(those.length) + 4 * those.length + 1,
    1 + sizeOfCompactText(group) + sizeOfCompactCount(topics.length) + 1 + 1,
  )
  const writer = new ByteWriter(size)
  writeNoTags(writer) // of the header
  writeCompactText(writer, group)
  writeCompactCount(writer, topics.length)
  for (const [topic, those] of topics) {
    writeCompactText(writer, topic)
    writeCompactCount(writer, those.length)
    for (const { partition } of those) writer.writeInt32(partition)
    writeNoTags(writer)
  }
  writer.writeInt8(requireStable ? 1 : 0)
  writeNoTags(writer)
  return writer.bytes
}

/** @throws WireFault for bytes that are no such answer. */
export function decodeOffsetFetch(payload: Buffer): OffsetFetchAnswer {
  const reader = new ByteReader(payload)
  skipTags(reader) // of the header
  reader.skip(4) // throttle time
  const partitions = readCompactList(reader, readTopic).flat()
  const errorCode = reader.readInt16()
  return { errorCode, partitions }
}

function readTopic(reader: ByteReader): FetchedOffset[] {
  const topic = readCompactText(reader) ?? ''
  const partitions = readCompactList(reader, (): FetchedOffset => {
    const partition = reader.readInt32()
    const offset = reader.readInt64()
    reader.skip(4) // leader epoch
    readCompactText(reader) // metadata
    const errorCode = reader.readInt16()
    skipTags(reader)
    return { topic, partition, errorCode, offset }
  })
  skipTags(reader)
  return partitions
}
