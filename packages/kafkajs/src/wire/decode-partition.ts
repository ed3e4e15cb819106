import type { RawRecord, ReceivedBatch } from '@millrace/core'
import { AbortedFilter, type AbortedTransaction } from './aborted-filter.js'
import { type DecodeLimits, defaultDecodeLimits } from './decode-limits.js'
import { decodeRecords, readRecordBytes } from './decode-record-batch.js'
import { type BatchHeader, readBatchHeader } from './read-batch-header.js'
import { WireFault } from './wire-fault.js'

/** Offset deltas of one answer stay below this (`RawRecord.offsetDelta`). */
const MAX_SPAN = 2n ** 31n

/** What was inflated so far: shared by all partitions of an answer, because they are decoded in one turn. */
export interface Inflation {
  bytes: number
}

/** What a fetch answer says about one partition, records still as bytes. */
export interface FetchedRecords {
  readonly highWatermark: bigint
  readonly lastStableOffset: bigint
  readonly abortedTransactions: readonly AbortedTransaction[]
  readonly records: Buffer | null
  /** Left out: nobody else's. */
  readonly inflation?: Inflation
}

export interface DecodedPartition extends ReceivedBatch {
  /**
   * Why decoding stopped early. The records before the bad batch are here, `nextOffset` is where the bad batch begins:
   * fetched again from there, the same fault comes again.
   */
  readonly fault?: WireFault
}

/**
 * Turns the record bytes of one partition into records from `fetchOffset` on, as a `read_committed` reader sees them.
 * `nextOffset` steps over control batches, aborted data and compacted gaps. An answer beyond the limits is cut after a
 * batch, an incomplete last batch is ignored: both are fetched again. Where the partitions of an answer have inflated too much
 * together, one may be cut before its first batch; the first of them never is. Never throws for anything in the bytes.
 */
export function decodePartition(
  fetched: FetchedRecords,
  fetchOffset: bigint,
  limits: DecodeLimits = defaultDecodeLimits,
): DecodedPartition {
  const log = fetched.records ?? Buffer.alloc(0)
  const filter = new AbortedFilter(fetched.abortedTransactions)
  const endOffset = fetched.lastStableOffset < 0n ? fetched.highWatermark : fetched.lastStableOffset
  const records: RawRecord[] = []
  let baseOffset = fetchOffset
  let nextOffset = fetchOffset
  const { inflation = { bytes: 0 } } = fetched
  try {
    for (let at = 0; at < log.length; ) {
      const header = readBatchHeader(log, at)
      if (header === undefined) {
        // KIP-74: the first batch always comes whole, so asking again would bring the same bytes for ever.
        if (at === 0) throw new WireFault('corrupt', 'the first batch is incomplete')
        break
      }
      at += header.bytes.length
      // Every batch has its say about what is aborted, also one that lies before the position.
      const isVisible = isData(header, filter, limits)
      if (header.lastOffset < nextOffset) continue
      if (isVisible && header.codecId !== 0 && inflation.bytes >= limits.maxInflatedBytes) break
      if (records.length === 0) baseOffset = header.baseOffset > nextOffset ? header.baseOffset : nextOffset
      if (header.lastOffset - baseOffset >= MAX_SPAN) break
      if (isVisible) decodeBatch(header, limits, { baseOffset, nextOffset, records, inflation })
      nextOffset = header.lastOffset + 1n
      if (records.length >= limits.maxRecords) break
    }
  } catch (fault) {
    if (!(fault instanceof WireFault)) throw fault
    return { baseOffset, records, nextOffset, endOffset, fault }
  }
  return { baseOffset, records, nextOffset, endOffset }
}

interface Progress {
  readonly baseOffset: bigint
  readonly nextOffset: bigint
  readonly records: RawRecord[]
  readonly inflation: Inflation
}

/** Whether a batch holds records for a `read_committed` reader. */
function isData(header: BatchHeader, filter: AbortedFilter, limits: DecodeLimits): boolean {
  if (filter.isAborted(header)) return false
  if (!header.isControl) return true
  const markers: RawRecord[] = []
  decodeRecords(header, readRecordBytes(header, limits), { batchDelta: 0, fromDelta: 0 }, limits, markers)
  filter.sawMarker(header, markers)
  return false
}

/** Appends the records of one batch. */
function decodeBatch(header: BatchHeader, limits: DecodeLimits, progress: Progress): void {
  const bytes = readRecordBytes(header, limits)
  if (header.codecId !== 0) progress.inflation.bytes += bytes.length
  const window = {
    batchDelta: Number(header.baseOffset - progress.baseOffset),
    fromDelta: Number(progress.nextOffset - progress.baseOffset),
  }
  decodeRecords(header, bytes, window, limits, progress.records)
}
