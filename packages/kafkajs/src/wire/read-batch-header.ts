import { crc32c } from './crc32c.js'
import { WireFault } from './wire-fault.js'

/** Bytes of a record batch before its records (Kafka documentation, "Record Batch"). */
export const BATCH_HEADER_BYTES = 61
/** Base offset and length stand before what the length counts. */
const LENGTH_ENDS_AT = 12
const MAGIC_AT = 16
const CRC_STARTS_AT = 21
const MAX_OFFSET = 2n ** 63n - 1n

const COMPRESSION_MASK = 0x07
const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20

export interface BatchHeader {
  readonly baseOffset: bigint
  readonly lastOffset: bigint
  readonly lastOffsetDelta: number
  readonly codecId: number
  readonly isTransactional: boolean
  readonly isControl: boolean
  /** The time of all records where the topic stamps them itself. */
  readonly logAppendTime: number | undefined
  readonly firstTimestamp: number
  readonly producerId: bigint
  readonly recordCount: number
  /** The batch as a whole, header included. */
  readonly bytes: Buffer
}

/**
 * Reads and checks the header of the batch at `at`, and its CRC. Undefined when the batch is not there as a whole: a broker
 * cuts its answer at the byte limit, in the middle of a batch.
 */
export function readBatchHeader(log: Buffer, at: number): BatchHeader | undefined {
  const available = log.length - at
  if (available <= MAGIC_AT) return undefined
  const magic = log.readInt8(at + MAGIC_AT)
  if (magic !== 2) throw new WireFault('unsupported-format', explainMagic(magic))
  const size = LENGTH_ENDS_AT + log.readInt32BE(at + 8)
  if (size < BATCH_HEADER_BYTES) throw new WireFault('corrupt', `a batch of ${size} bytes`)
  if (size > available) return undefined

  const bytes = log.subarray(at, at + size)
  if (crc32c(bytes, CRC_STARTS_AT) !== bytes.readUInt32BE(17)) throw new WireFault('checksum', 'CRC-32C differs')

  const baseOffset = bytes.readBigInt64BE(0)
  const attributes = bytes.readInt16BE(21)
  const lastOffsetDelta = bytes.readInt32BE(23)
  const recordCount = bytes.readInt32BE(57)
  const lastOffset = baseOffset + BigInt(lastOffsetDelta)
  if (baseOffset < 0n || lastOffsetDelta < 0 || lastOffset >= MAX_OFFSET || recordCount < 0) {
    throw new WireFault('corrupt', `base offset ${baseOffset}, last delta ${lastOffsetDelta}, count ${recordCount}`)
  }
  return {
    baseOffset,
    lastOffset,
    lastOffsetDelta,
    codecId: attributes & COMPRESSION_MASK,
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    isControl: (attributes & CONTROL) !== 0,
    logAppendTime: attributes & LOG_APPEND_TIME ? Number(bytes.readBigInt64BE(35)) : undefined,
    firstTimestamp: Number(bytes.readBigInt64BE(27)),
    producerId: bytes.readBigInt64BE(43),
    recordCount,
    bytes,
  }
}

const explainMagic = (magic: number): string =>
  magic === 0 || magic === 1
    ? `records in message format ${magic}, from before Kafka 0.11 and gone in Kafka 4: copy the topic with a client ` +
      'that still reads them, or let the group start behind them'
    : `record format ${magic}, which this version does not know: a newer driver or an older producer is needed`
