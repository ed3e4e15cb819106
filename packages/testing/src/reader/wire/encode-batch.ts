import { ByteWriter, writeVarint, writeVarlong } from '@millrace/broker/protocol'
import { batchField, batchOverhead, lengthOverhead, stampCrc } from '@millrace/broker/records'
import { type Codec, codecs, compress } from './compress.js'

export interface BatchRecord {
  /** Epoch milliseconds. */
  readonly timestamp: bigint
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [name: Buffer, value: Buffer | null])[]
}

export interface BatchProducer {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
}

/** Not idempotent. */
export const noProducer: BatchProducer = { producerId: -1n, producerEpoch: -1, baseSequence: -1 }

const transactionalBit = 0x10

/** A batch of magic 2 as a producer sends it (Kafka documentation, "Record Batch"). */
export function encodeBatch(
  records: readonly BatchRecord[],
  { producer, codec, isTransactional }: { producer: BatchProducer; codec: Codec; isTransactional: boolean },
): Buffer {
  const base = records[0]?.timestamp ?? 0n
  const writer = new ByteWriter(64 * records.length)
  for (const [index, record] of records.entries()) writeRecord(writer, record, index, record.timestamp - base)
  const body = compress(codec, writer.finish())

  const bytes = Buffer.concat([Buffer.alloc(batchOverhead), body])
  bytes.writeInt32BE(bytes.length - lengthOverhead, batchField.length)
  bytes.writeInt32BE(-1, batchField.leaderEpoch)
  bytes.writeInt8(2, batchField.magic)
  bytes.writeInt16BE(codecs.indexOf(codec) | (isTransactional ? transactionalBit : 0), batchField.attributes)
  bytes.writeInt32BE(records.length - 1, batchField.lastOffsetDelta)
  bytes.writeBigInt64BE(base, batchField.baseTimestamp)
  bytes.writeBigInt64BE(latest(records), batchField.maxTimestamp)
  bytes.writeBigInt64BE(producer.producerId, batchField.producerId)
  bytes.writeInt16BE(producer.producerEpoch, batchField.producerEpoch)
  bytes.writeInt32BE(producer.baseSequence, batchField.baseSequence)
  bytes.writeInt32BE(records.length, batchField.recordCount)
  stampCrc(bytes, 0, bytes.length)
  return bytes
}

const latest = (records: readonly BatchRecord[]): bigint =>
  records.reduce((most, { timestamp }) => (timestamp > most ? timestamp : most), -1n)

function writeRecord(writer: ByteWriter, record: BatchRecord, index: number, delta: bigint): void {
  const body = new ByteWriter(64)
  body.int8(0)
  writeVarlong(body, delta)
  writeVarint(body, index)
  writeField(body, record.key)
  writeField(body, record.value)
  writeVarint(body, record.headers.length)
  for (const [name, value] of record.headers) {
    writeField(body, name)
    writeField(body, value)
  }
  writeVarint(writer, body.length)
  writer.bytes(body.finish())
}

function writeField(writer: ByteWriter, bytes: Buffer | null): void {
  writeVarint(writer, bytes?.length ?? -1)
  if (bytes !== null) writer.bytes(bytes)
}
