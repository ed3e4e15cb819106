import { crc32c } from './crc32c.js'

/** Bytes in front of the records. */
export const batchOverhead = 61
/** Base offset and length: what a batch's length does not count. */
export const lengthOverhead = 12

/** Where the fields of a batch stand (Kafka documentation, "Record Batch"; KIP-98). */
export const batchField = {
  baseOffset: 0,
  length: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordCount: 57,
} as const

const compressionBits = 0x07
const logAppendTimeBit = 0x08
const transactionalBit = 0x10
const controlBit = 0x20

export interface BatchHeader {
  /** Of the whole batch. */
  readonly sizeInBytes: number
  readonly baseOffset: bigint
  readonly leaderEpoch: number
  readonly attributes: number
  readonly lastOffsetDelta: number
  readonly baseTimestamp: bigint
  readonly maxTimestamp: bigint
  /** -1: no idempotent producer. */
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly baseSequence: number
  readonly recordCount: number
}

/** The caller has checked that a whole batch of magic 2 begins at `at`. */
export function readBatchHeader(bytes: Buffer, at = 0): BatchHeader {
  return {
    sizeInBytes: lengthOverhead + bytes.readInt32BE(at + batchField.length),
    baseOffset: bytes.readBigInt64BE(at + batchField.baseOffset),
    leaderEpoch: bytes.readInt32BE(at + batchField.leaderEpoch),
    attributes: bytes.readInt16BE(at + batchField.attributes),
    lastOffsetDelta: bytes.readInt32BE(at + batchField.lastOffsetDelta),
    baseTimestamp: bytes.readBigInt64BE(at + batchField.baseTimestamp),
    maxTimestamp: bytes.readBigInt64BE(at + batchField.maxTimestamp),
    producerId: bytes.readBigInt64BE(at + batchField.producerId),
    producerEpoch: bytes.readInt16BE(at + batchField.producerEpoch),
    baseSequence: bytes.readInt32BE(at + batchField.baseSequence),
    recordCount: bytes.readInt32BE(at + batchField.recordCount),
  }
}

type Attributes = Pick<BatchHeader, 'attributes'>

export const compressionOf = ({ attributes }: Attributes): number => attributes & compressionBits
export const isTransactional = ({ attributes }: Attributes): boolean => (attributes & transactionalBit) !== 0
export const isControl = ({ attributes }: Attributes): boolean => (attributes & controlBit) !== 0
export const hasLogAppendTime = ({ attributes }: Attributes): boolean => (attributes & logAppendTimeBit) !== 0

/** What a marker's attributes are. */
export const markerAttributes = transactionalBit | controlBit

export const hasValidCrc = (bytes: Buffer, at: number, sizeInBytes: number): boolean =>
  bytes.readUInt32BE(at + batchField.crc) === crc32c(bytes, at + batchField.attributes, at + sizeInBytes)

/** What a broker writes into every batch: both fields stand in front of what the CRC covers. */
export function stampBatch(bytes: Buffer, at: number, baseOffset: bigint, leaderEpoch: number): void {
  bytes.writeBigInt64BE(baseOffset, at + batchField.baseOffset)
  bytes.writeInt32BE(leaderEpoch, at + batchField.leaderEpoch)
}

/** First timestamp and deltas stay as the producer wrote them, as in Kafka. The batch gets a new CRC. */
export function stampTimestamp(
  bytes: Buffer,
  at: number,
  sizeInBytes: number,
  type: 'CreateTime' | 'LogAppendTime',
  maxTimestamp: bigint,
): void {
  const attributes = bytes.readInt16BE(at + batchField.attributes)
  const stamped = type === 'LogAppendTime' ? attributes | logAppendTimeBit : attributes & ~logAppendTimeBit
  bytes.writeInt16BE(stamped, at + batchField.attributes)
  bytes.writeBigInt64BE(maxTimestamp, at + batchField.maxTimestamp)
  stampCrc(bytes, at, sizeInBytes)
}

export function stampCrc(bytes: Buffer, at: number, sizeInBytes: number): void {
  bytes.writeUInt32BE(crc32c(bytes, at + batchField.attributes, at + sizeInBytes), at + batchField.crc)
}
