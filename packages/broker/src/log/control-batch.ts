import { batchField, batchOverhead, lengthOverhead, markerAttributes, stampCrc } from './record-batch.js'

export interface Marker {
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly committed: boolean
  readonly coordinatorEpoch: number
  /** Milliseconds since the epoch. */
  readonly now: number
}

const [abortType, commitType] = [0, 1]
/** Attributes, two deltas, a key of two int16, a value of an int16 and an int32, no headers; lengths as zigzag varints. */
const record = Buffer.from([32, 0, 0, 0, 8, 0, 0, 0, 0, 12, 0, 0, 0, 0, 0, 0, 0])
const [typeAt, coordinatorEpochAt] = [7, 12]

/** The end of a transaction as a batch of one control record (Kafka documentation, "Control Batches"). */
export function encodeMarker({ producerId, producerEpoch, committed, coordinatorEpoch, now }: Marker): Buffer {
  const bytes = Buffer.alloc(batchOverhead + record.length)
  bytes.writeInt32BE(bytes.length - lengthOverhead, batchField.length)
  bytes.writeInt8(2, batchField.magic)
  bytes.writeInt16BE(markerAttributes, batchField.attributes)
  bytes.writeBigInt64BE(BigInt(now), batchField.baseTimestamp)
  bytes.writeBigInt64BE(BigInt(now), batchField.maxTimestamp)
  bytes.writeBigInt64BE(producerId, batchField.producerId)
  bytes.writeInt16BE(producerEpoch, batchField.producerEpoch)
  bytes.writeInt32BE(-1, batchField.baseSequence)
  bytes.writeInt32BE(1, batchField.recordCount)
  record.copy(bytes, batchOverhead)
  bytes.writeInt8(committed ? commitType : abortType, batchOverhead + typeAt + 1)
  bytes.writeInt32BE(coordinatorEpoch, batchOverhead + coordinatorEpochAt)
  stampCrc(bytes, 0, bytes.length)
  return bytes
}

/** What the key of a control record says; undefined for a kind that is not ours. */
export function readMarkerKey(key: Buffer | null | undefined): 'commit' | 'abort' | undefined {
  if (key === null || key === undefined || key.length < 4) return undefined
  const type = key.readInt16BE(2)
  if (type === commitType) return 'commit'
  return type === abortType ? 'abort' : undefined
}
