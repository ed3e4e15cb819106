import {
  type BatchHeader,
  hasLogAppendTime,
  hasValidCrc,
  isControl,
  isTransactional,
  lengthOverhead,
  batchField,
  readBatchHeader,
  readMarkerKey,
  readRecords,
  type StoredRecord,
} from '@millrace/broker/records'
import { KafkaRefusal } from './kafka-refusal.js'

export interface ReadableRecord extends StoredRecord {
  readonly timestampType: 'CreateTime' | 'LogAppendTime'
}

/** One partition of a Fetch answer. */
export interface FetchedPartition {
  readonly records: Buffer | null
  /** In whatever order; null where everything may be read. */
  readonly abortedTransactions: readonly { readonly producerId: bigint; readonly firstOffset: bigint }[] | null
}

export interface Readable {
  readonly records: readonly ReadableRecord[]
  /** Behind the last whole batch; undefined where there was none. */
  readonly nextOffset: bigint | undefined
}

/**
 * What a reader gets of a Fetch answer: no control records, and where there is a list of aborted transactions none of theirs.
 * Exact whatever the order of the list: a transaction is in force from its first offset to its own abort marker.
 */
export function readableRecords({ records, abortedTransactions }: FetchedPartition): Readable {
  const upcoming = [...(abortedTransactions ?? [])].toSorted((a, b) => (a.firstOffset < b.firstOffset ? -1 : 1))
  const aborted = new Set<bigint>()
  const readable: ReadableRecord[] = []
  let nextOffset: bigint | undefined
  for (const batch of wholeBatches(records ?? Buffer.alloc(0))) {
    const header = readBatchHeader(batch)
    const lastOffset = header.baseOffset + BigInt(header.lastOffsetDelta)
    nextOffset = lastOffset + 1n
    for (let first = upcoming[0]; first !== undefined && first.firstOffset <= lastOffset; first = upcoming[0]) {
      aborted.add(first.producerId)
      upcoming.shift()
    }
    if (isControl(header)) {
      if (readMarkerKey(openBatch(batch, header)[0]?.key) === 'abort') aborted.delete(header.producerId)
    } else if (!isTransactional(header) || !aborted.has(header.producerId)) {
      const timestampType = hasLogAppendTime(header) ? 'LogAppendTime' : 'CreateTime'
      for (const record of openBatch(batch, header)) readable.push({ ...record, timestampType })
    }
  }
  return { records: readable, nextOffset }
}

/** An answer is cut at its limit: what is left of the last batch is not looked at. */
function* wholeBatches(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at + lengthOverhead <= bytes.length; ) {
    const size = lengthOverhead + bytes.readInt32BE(at + batchField.length)
    if (at + size > bytes.length) return
    yield bytes.subarray(at, at + size)
    at += size
  }
}

function openBatch(batch: Buffer, { baseOffset }: BatchHeader): readonly StoredRecord[] {
  if (!hasValidCrc(batch, 0, batch.length)) throw corrupt(`the CRC of the batch at ${baseOffset} is wrong`)
  const records = readRecords(batch)
  if (records === undefined) throw corrupt(`the batch at ${baseOffset} can not be read`)
  return records
}

const corrupt = (message: string): KafkaRefusal => new KafkaRefusal('KafkaException', message)
