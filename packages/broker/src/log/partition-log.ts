/**
 * The log of one partition: Kafka's offsets, high watermark (which is the end: nothing is replicated) and last stable offset over
 * batches that are kept as they came.
 *
 * An append is checked, put to the producer's window and written in one turn; whoever waits for the log (a fetch) is told after it.
 * The last stable offset is where the earliest open transaction began to write, and the end where none is open. It moves by
 * markers alone.
 */
import type { BrokerEvents } from '../observe/broker-events.js'
import { errorCode } from '../protocol/error-codes.js'
import { AbortedTransactions } from './aborted-transactions.js'
import { type AppendResult, appended, notAppended } from './append-result.js'
import { type BatchFault, noRoom, refusedByLog, topicGone } from './batch-fault.js'
import { BatchStore, type StoredBatch } from './batch-store.js'
import { checkBatch } from './check-batch.js'
import { encodeMarker, type Marker } from './control-batch.js'
import type { LogConfig } from './log-config.js'
import type { MemoryBudget } from './memory-budget.js'
import { readNothing, readOf, type ReadOptions, readRefused, type ReadResult } from './read-result.js'
import { Producers } from './producers.js'
import { type BatchHeader, hasLogAppendTime, isTransactional, stampBatch, stampTimestamp } from './record-batch.js'
import { retainedFrom } from './retention.js'
import { firstAtOrAfter, latestByTime, noOffset, type TimedOffset } from './time-lookup.js'

export interface PartitionLogOptions {
  readonly topic: string
  readonly partition: number
  readonly config: LogConfig
  readonly budget: MemoryBudget
  readonly events?: Pick<BrokerEvents, 'emit' | 'isWatched'>
  readonly leaderEpoch?: number
}

export type { AppendResult } from './append-result.js'
export type { ReadOptions, ReadResult } from './read-result.js'
export type LogListener = (log: PartitionLog) => void

export class PartitionLog {
  readonly topic: string
  readonly partition: number
  readonly #place: string
  readonly #config: LogConfig
  readonly #events: Pick<BrokerEvents, 'emit' | 'isWatched'> | undefined
  readonly #store: BatchStore
  readonly #producers = new Producers()
  readonly #aborted = new AbortedTransactions()
  readonly #listeners = new Set<LogListener>()
  #leaderEpoch: number
  #isClosed = false

  constructor({ topic, partition, config, budget, events, leaderEpoch = 0 }: PartitionLogOptions) {
    this.topic = topic
    this.partition = partition
    this.#place = `${topic}-${partition}`
    this.#leaderEpoch = leaderEpoch
    this.#config = config
    this.#events = events
    this.#store = new BatchStore(budget)
  }

  /** The first offset that can be read. */
  get startOffset(): bigint {
    return this.#store.startOffset
  }

  /** The next to be written, and the high watermark. */
  get endOffset(): bigint {
    return this.#store.endOffset
  }

  get lastStableOffset(): bigint {
    const first = this.#producers.firstOpenOffset
    if (first === undefined) return this.endOffset
    return first > this.startOffset ? first : this.startOffset
  }

  get leaderEpoch(): number {
    return this.#leaderEpoch
  }

  /** As after an election: readers and writers that name another epoch are told. */
  set leaderEpoch(epoch: number) {
    this.#leaderEpoch = epoch
    this.#changed()
  }

  get sizeInBytes(): number {
    return this.#store.sizeInBytes
  }

  /** Its topic was deleted: nothing is answered from it any more. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Takes exactly one batch. The bytes are copied; what comes back says what Kafka would answer. */
  append(records: Buffer, { now }: { now: number }): AppendResult {
    if (this.#isClosed) return this.#refused(topicGone)
    const checked = checkBatch(records, this.#config, now, this.#place)
    if (checked.kind === 'refused') return this.#refused(checked.fault)
    const { batch, header, maxTimestamp } = checked
    if (header.producerId >= 0n) {
      const verdict = this.#producers.judge(header)
      if (verdict.kind === 'refused') return this.#refused(refusedByLog(verdict.errorCode))
      if (verdict.kind === 'repeated') {
        return appended(verdict.as.baseOffset, verdict.as.maxTimestamp, this.startOffset)
      }
      if (!isTransactional(header) && this.#producers.isOpen(header.producerId)) {
        return this.#refused(refusedByLog(errorCode.INVALID_TXN_STATE))
      }
    }
    return this.#write(batch, header, maxTimestamp, now)
  }

  /** Ends a transaction. It is written also where nothing was produced, and also where the broker has no room. */
  appendMarker(marker: Marker): bigint {
    const offset = this.endOffset
    if (this.#isClosed) return offset
    const batch = encodeMarker(marker)
    const maxTimestamp = BigInt(marker.now)
    const stored = this.#store.append(batch, { offsetCount: 1, maxTimestamp, now: marker.now, isForced: true })
    if (stored !== undefined) this.#stampMarker(stored, batch.length, offset, maxTimestamp)
    const { producerId, producerEpoch } = marker
    const firstOffset = this.#producers.ended(producerId, producerEpoch, marker.now)
    if (firstOffset !== undefined && !marker.committed) {
      this.#aborted.add({ producerId, firstOffset, lastOffset: offset, stableOffset: this.lastStableOffset })
    }
    this.#changed()
    return offset
  }

  read({ offset, maxBytes, readCommitted, wholeFirstBatch, enoughBytes = maxBytes }: ReadOptions): ReadResult {
    const code = this.#refusalOf(offset)
    if (code !== errorCode.NONE) return readRefused(code)
    const limit = readCommitted ? this.lastStableOffset : this.endOffset
    if (offset >= limit) return readNothing(this, readCommitted)
    const from = this.#store.byteOf(offset)
    const firstBatch = this.#store.batchSizeAt(from)
    if (!wholeFirstBatch && maxBytes < firstBatch) return readNothing(this, readCommitted)
    const count = Math.min(this.#store.byteOf(limit) - from, Math.max(maxBytes, firstBatch))
    const records = this.#store.bytesFrom(from, count, enoughBytes)
    if (!readCommitted) return readOf(this, records, null)
    return readOf(this, records, this.#aborted.between(offset, this.#store.offsetPast(from + records.length)))
  }

  /** How many bytes a reader at `offset` would find; 0 outside the log. */
  readableBytes(offset: bigint, readCommitted: boolean): number {
    if (this.#refusalOf(offset) !== errorCode.NONE) return 0
    const limit = this.#store.byteOf(readCommitted ? this.lastStableOffset : this.endOffset)
    return Math.max(0, limit - this.#store.byteOf(offset))
  }

  /** Whether `offset` lies in the log, its end included. */
  holds(offset: bigint): boolean {
    return this.#refusalOf(offset) === errorCode.NONE
  }

  /** The first record at or after `timestamp`; offset and timestamp -1 where there is none that this reader may see. */
  offsetForTime(timestamp: bigint, readCommitted: boolean): TimedOffset {
    return this.#visible(firstAtOrAfter(this.#store, timestamp), readCommitted)
  }

  /** The record with the highest timestamp. */
  offsetOfLatestTime(readCommitted: boolean): TimedOffset {
    return this.#visible(latestByTime(this.#store), readCommitted)
  }

  /** DeleteRecords: moves the start up to `before`, which is -1 for the end. Returns an error code. */
  deleteRecords(before: bigint): number {
    if (this.#config.cleanupPolicy === 'compact') return errorCode.POLICY_VIOLATION
    const start = before === -1n ? this.endOffset : before
    if (start < 0n || start > this.endOffset) return errorCode.OFFSET_OUT_OF_RANGE
    this.#moveStart(start, 'deleted')
    return errorCode.NONE
  }

  /** A fault: what stood below `to` is gone, as after an unclean loss. */
  truncateHead(to: bigint): void {
    this.#moveStart(to < this.endOffset ? to : this.endOffset, 'fault')
  }

  enforceRetention(now: number): void {
    this.#producers.expire(now)
    this.#moveStart(retainedFrom(this.#store, this.#config, now), 'retention')
  }

  /** Told in the turn of an append, a marker, a moved start, a new leader epoch and the close. Returns how to stop it. */
  onChange(listener: LogListener): () => void {
    this.#listeners.add(listener)
    return () => this.offChange(listener)
  }

  offChange(listener: LogListener): void {
    this.#listeners.delete(listener)
  }

  /** The topic is deleted: memory is released, and who waits is told. */
  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#store.dropBefore(this.endOffset)
    this.#changed()
    this.#listeners.clear()
  }

  openTransactions(): { producerId: bigint; firstOffset: bigint }[] {
    return this.#producers.open()
  }

  #write(batch: Buffer, header: BatchHeader, maxTimestamp: bigint, now: number): AppendResult {
    const isStamped = this.#config.timestampType === 'LogAppendTime'
    const time = isStamped ? BigInt(now) : maxTimestamp
    const offsetCount = header.lastOffsetDelta + 1
    const stored = this.#store.append(batch, { offsetCount, maxTimestamp: time, now })
    if (stored === undefined) return this.#refused(noRoom)
    const baseOffset = this.endOffset - BigInt(offsetCount)
    stampBatch(stored.bytes, stored.at, baseOffset, this.leaderEpoch)
    if (isStamped !== hasLogAppendTime(header) || time !== header.maxTimestamp) {
      stampTimestamp(stored.bytes, stored.at, batch.length, this.#config.timestampType, time)
    }
    if (header.producerId >= 0n) {
      this.#producers.written(header, { baseOffset, maxTimestamp: time, opens: isTransactional(header), now })
    }
    this.#changed()
    if (this.#events?.isWatched === true) {
      const { topic, partition, endOffset } = this
      this.#events.emit({ kind: 'records.appended', topic, partition, baseOffset, endOffset, records: offsetCount })
    }
    return appended(baseOffset, isStamped ? time : -1n, this.startOffset)
  }

  #stampMarker({ bytes, at }: StoredBatch, size: number, offset: bigint, time: bigint): void {
    stampBatch(bytes, at, offset, this.leaderEpoch)
    const { timestampType } = this.#config
    if (timestampType === 'LogAppendTime') stampTimestamp(bytes, at, size, timestampType, time)
  }

  #refused(fault: BatchFault): AppendResult {
    return notAppended(fault, this.startOffset)
  }

  #refusalOf(offset: bigint): number {
    if (this.#isClosed) return errorCode.UNKNOWN_TOPIC_OR_PARTITION
    return offset < this.startOffset || offset > this.endOffset ? errorCode.OFFSET_OUT_OF_RANGE : errorCode.NONE
  }

  #visible(found: TimedOffset, readCommitted: boolean): TimedOffset {
    return readCommitted && found.offset >= this.lastStableOffset ? noOffset : found
  }

  #moveStart(to: bigint, reason: 'deleted' | 'retention' | 'fault'): void {
    if (to <= this.startOffset) return
    this.#store.dropBefore(to)
    this.#aborted.dropBefore(to)
    this.#changed()
    const { topic, partition, startOffset } = this
    this.#events?.emit({ kind: 'log.truncated', topic, partition, startOffset, reason })
  }

  #changed(): void {
    for (const listener of this.#listeners) listener(this)
  }
}
