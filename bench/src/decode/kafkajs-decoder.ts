import { createRequire } from 'node:module'
import type { DecodeAnswer } from './decode-contest.js'
import { foldHeader, foldRecord } from './fold.js'

export interface BenchRecord {
  readonly key: Buffer
  readonly value: Buffer
  readonly timestamp: number
  readonly headers: readonly (readonly [name: string, value: Buffer])[]
}

interface DecodedByKafkajs {
  readonly key: Buffer
  readonly value: Buffer
  readonly headers: Readonly<Record<string, Buffer>>
}

const load = createRequire(import.meta.url)

/** Record batches as kafkajs's producer encodes them, at the offsets that a broker would give. */
export async function encodeAnswer(
  batches: readonly (readonly BenchRecord[])[],
  compression: 'none' | 'gzip',
): Promise<Buffer> {
  const { RecordBatch } = load('kafkajs/src/protocol/recordBatch/v0') as {
    RecordBatch: (options: object) => Promise<{ readonly buffer: Buffer }>
  }
  const createRecord = load('kafkajs/src/protocol/recordBatch/record/v0/index') as (record: object) => unknown
  const encoded: Buffer[] = []
  let offset = 0n
  for (const records of batches) {
    const firstTimestamp = records[0]?.timestamp ?? 0
    const { buffer } = await RecordBatch({
      compression: compression === 'gzip' ? 1 : 0,
      firstTimestamp,
      maxTimestamp: records.at(-1)?.timestamp ?? 0,
      lastOffsetDelta: records.length - 1,
      records: records.map(({ key, value, timestamp, headers }, offsetDelta) =>
        createRecord({
          ...{ offsetDelta, key, value, timestampDelta: timestamp - firstTimestamp },
          headers: Object.fromEntries(headers),
        }),
      ),
    })
    buffer.writeBigInt64BE(offset, 0)
    offset += BigInt(records.length)
    encoded.push(buffer)
  }
  return Buffer.concat(encoded)
}

/** What kafkajs does with the records of one partition in a fetch answer. */
export function openKafkajsDecoder(bytes: Buffer): DecodeAnswer {
  const Decoder = load('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => unknown
  const decodeMessages = load('kafkajs/src/protocol/requests/fetch/v4/decodeMessages') as (
    decoder: unknown,
  ) => Promise<readonly DecodedByKafkajs[]>
  const length = Buffer.alloc(4)
  length.writeInt32BE(bytes.length)
  const answer = Buffer.concat([length, bytes])
  return async (from) => {
    const records = await decodeMessages(new Decoder(answer))
    let sum = from
    for (const { key, value, headers } of records) {
      sum = foldRecord(sum, key, value)
      // Names are text to kafkajs and stay so: it is not asked to make bytes of them again.
      for (const name in headers) {
        const content = headers[name]
        if (content !== undefined) sum = foldHeader(sum, name.length, content)
      }
    }
    return { sum, records: records.length }
  }
}
