import { errorCode } from '../protocol/error-codes.js'
import { type BatchFault, corrupt, invalidRecord, refusedByLog, tooLarge } from './batch-fault.js'
import { checkRecords } from './check-records.js'
import type { LogConfig } from './log-config.js'
import { sizeOfOnlyBatch } from './only-batch.js'
import {
  batchOverhead,
  type BatchHeader,
  compressionOf,
  hasValidCrc,
  isControl,
  readBatchHeader,
} from './record-batch.js'

export type BatchCheck =
  | {
      readonly kind: 'accepted'
      /** The one batch, without what stood behind it. */
      readonly batch: Buffer
      readonly header: BatchHeader
      readonly maxTimestamp: bigint
    }
  | { readonly kind: 'refused'; readonly fault: BatchFault }

const highestCompression = 4
const unknownCompression = refusedByLog(errorCode.UNKNOWN_SERVER_ERROR)
const tooLargeForSegment = refusedByLog(errorCode.RECORD_LIST_TOO_LARGE)

/** What Kafka checks before it looks at the producer, in Kafka's order: the first fault is the answer. */
export function checkBatch(records: Buffer, config: LogConfig, now: number, place: string): BatchCheck {
  const size = sizeOfOnlyBatch(records)
  if (typeof size !== 'number') return { kind: 'refused', fault: size }
  const batch = size === records.length ? records : records.subarray(0, size)
  const fault = envelopeFault(batch, config.maxMessageBytes)
  if (fault !== undefined) return { kind: 'refused', fault }
  const header = readBatchHeader(batch)
  if (compressionOf(header) > highestCompression) return { kind: 'refused', fault: unknownCompression }
  if (hasWrongHeader(header)) return { kind: 'refused', fault: invalidRecord }
  const { timestampType, timestampBeforeMaxMs, timestampAfterMaxMs, cleanupPolicy } = config
  const checked = checkRecords(batch, header, {
    now,
    place,
    timestampType,
    timestampBeforeMaxMs,
    timestampAfterMaxMs,
    cleanupPolicy,
  })
  if (checked.kind === 'refused') return checked
  if (batch.length > config.segmentBytes) return { kind: 'refused', fault: tooLargeForSegment }
  return { kind: 'accepted', batch, header, maxTimestamp: checked.maxTimestamp }
}

function envelopeFault(batch: Buffer, maxMessageBytes: number): BatchFault | undefined {
  if (batch.readInt32BE(0) !== 0 || batch.readInt32BE(4) !== 0) return invalidRecord
  if (batch.length > maxMessageBytes) return tooLarge
  return batch.length < batchOverhead || !hasValidCrc(batch, 0, batch.length) ? corrupt : undefined
}

/** Control batches are written by the transaction coordinator alone. */
function hasWrongHeader(header: BatchHeader): boolean {
  const { recordCount, lastOffsetDelta, producerId, baseSequence } = header
  if (recordCount <= 0 || lastOffsetDelta !== recordCount - 1) return true
  return isControl(header) || (producerId >= 0n && baseSequence < 0)
}
