import { errorCode } from '../protocol/error-codes.js'
import { type BatchFault, invalidRecord, type RecordError, refusedRecords } from './batch-fault.js'
import { isCompacted, type LogConfig } from './log-config.js'
import { readRecords, type StoredRecord } from './read-records.js'
import { batchOverhead, type BatchHeader, compressionOf, hasLogAppendTime } from './record-batch.js'
import { scanRecords } from './scan-records.js'

export interface RecordRules
  extends Pick<LogConfig, 'timestampType' | 'timestampBeforeMaxMs' | 'timestampAfterMaxMs' | 'cleanupPolicy'> {
  readonly now: number
  /** Topic and partition, as Kafka's sentences name them: `orders-0`. */
  readonly place: string
}

export type RecordsCheck =
  /** `maxTimestamp` is what the records say, whatever their batch's header says. */
  | { readonly kind: 'accepted'; readonly maxTimestamp: bigint }
  | { readonly kind: 'refused'; readonly fault: BatchFault }

const noTimestamp = -1n

/**
 * Keys on a compacted topic, and timestamps near the broker's clock. Compressed records are opened only where the header gives a
 * reason to: otherwise it is believed.
 */
export function checkRecords(batch: Buffer, header: BatchHeader, rules: RecordRules): RecordsCheck {
  const keys = isCompacted(rules)
  if (compressionOf(header) !== 0) {
    const isPlain = !keys && !hasLogAppendTime(header) && isInRange(header.maxTimestamp, rules) && hasNoPast(rules)
    return isPlain ? accepted(header.maxTimestamp) : checkEach(batch, header, rules)
  }
  const scan = scanRecords(batch, batchOverhead, header.recordCount, keys)
  if (scan === undefined) return { kind: 'refused', fault: invalidRecord }
  const { minDelta, maxDelta, hasNullKey } = scan
  if (hasNullKey || hasLogAppendTime(header) || !Number.isFinite(minDelta) || !Number.isFinite(maxDelta)) {
    return checkEach(batch, header, rules)
  }
  const first = header.baseTimestamp
  const last = first + BigInt(maxDelta)
  const isNear = isInRange(last, rules) && (hasNoPast(rules) || isInRange(first + BigInt(minDelta), rules))
  return isNear ? accepted(last) : checkEach(batch, header, rules)
}

const accepted = (maxTimestamp: bigint): RecordsCheck => ({ kind: 'accepted', maxTimestamp })

/** Kafka's default: no timestamp is too old. */
const hasNoPast = ({ timestampType, timestampBeforeMaxMs }: RecordRules): boolean =>
  timestampType === 'LogAppendTime' || timestampBeforeMaxMs >= Number.MAX_SAFE_INTEGER

function isInRange(timestamp: bigint, rules: RecordRules): boolean {
  if (rules.timestampType === 'LogAppendTime' || timestamp === noTimestamp) return true
  const ahead = Number(timestamp) - rules.now
  return ahead <= rules.timestampAfterMaxMs && -ahead <= rules.timestampBeforeMaxMs
}

/** The slow way: which records are wrong, and why. */
function checkEach(batch: Buffer, header: BatchHeader, rules: RecordRules): RecordsCheck {
  const records = readRecords(batch)
  if (records === undefined) return { kind: 'refused', fault: invalidRecord }
  const keys = isCompacted(rules)
  const errors: RecordError[] = []
  let code: number = errorCode.INVALID_RECORD
  let maxTimestamp = noTimestamp
  for (const [batchIndex, record] of records.entries()) {
    if (record.timestamp > maxTimestamp) maxTimestamp = record.timestamp
    if (keys && record.key === null) {
      errors.push({
        batchIndex,
        message: `Compacted topic cannot accept message without key in topic partition ${rules.place}`,
      })
      continue
    }
    const message = timestampFault(record, batchIndex, header, rules)
    if (message === undefined) continue
    errors.push({ batchIndex, message })
    code = errorCode.INVALID_TIMESTAMP
  }
  if (errors.length === 0) return accepted(maxTimestamp)
  return { kind: 'refused', fault: refusedRecords(code, summaryOf(code, errors), errors) }
}

function timestampFault(
  { timestamp }: StoredRecord,
  batchIndex: number,
  header: BatchHeader,
  rules: RecordRules,
): string | undefined {
  if (rules.timestampType === 'LogAppendTime') {
    return hasLogAppendTime(header) ? 'Producer should not set timestamp type to LogAppendTime.' : undefined
  }
  if (isInRange(timestamp, rules)) return undefined
  const { now, timestampBeforeMaxMs, timestampAfterMaxMs } = rules
  const range = `[${now - timestampBeforeMaxMs}, ${now + timestampAfterMaxMs}]`
  const which = `Timestamp ${timestamp} of message with offset ${batchIndex}`
  return `${which} is out of range. The timestamp should be within ${range}`
}

function summaryOf(code: number, errors: readonly RecordError[]): string {
  if (code === errorCode.INVALID_TIMESTAMP) return 'One or more records have been rejected due to invalid timestamp'
  const shown = errors
    .slice(0, 3)
    .map(({ batchIndex, message }) => `RecordError(batchIndex=${batchIndex}, message='${message}')`)
  const count = `${errors.length} record errors in total, and only showing the first three errors at most`
  return `One or more records have been rejected due to ${count}: [${shown.join(', ')}]`
}
