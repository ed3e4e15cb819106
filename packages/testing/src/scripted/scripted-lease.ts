import { type DriverEvent, fail, type Lease, type MemberOptions, type ReceivedBatch } from '@millrace/core'
import type { PartitionLog } from './partition-log.js'

export interface LeaseParts {
  readonly topic: string
  readonly partition: number
  readonly epoch: number
  readonly startOffset: bigint
  readonly log: PartitionLog
  readonly options: Pick<MemberOptions, 'group' | 'outOfRange' | 'maxBytesPerPartition'>
  readonly wake: () => void
  readonly report: (event: DriverEvent) => void
}

/** One partition in the hands of one member for one generation. */
export class ScriptedLease implements Lease {
  isLive = true
  readonly topic: string
  readonly partition: number
  readonly epoch: number
  readonly startOffset: bigint
  /** The highest offset that may be committed: where the log goes on after what was handed over. */
  handedOver: bigint
  readonly #parts: LeaseParts
  #position: bigint
  #isFetching = true
  #isPaused = false
  #hasAnswered = false

  constructor(parts: LeaseParts) {
    this.#parts = parts
    this.topic = parts.topic
    this.partition = parts.partition
    this.epoch = parts.epoch
    this.startOffset = parts.startOffset
    this.handedOver = parts.startOffset
    this.#position = parts.startOffset
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#parts.wake()
  }

  seek(offset: bigint): void {
    if (!this.isLive) throw fail('MILLRACE_DRIVER_LEASE_ENDED', { topic: this.topic, partition: this.partition })
    this.#moveTo(offset)
    this.#parts.wake()
  }

  /** What `onRecords` gets next; undefined when there is nothing to say. */
  fetch(maxRecords: number): ReceivedBatch | undefined {
    const { log, options } = this.#parts
    if (!this.isLive || !this.#isFetching || this.#isPaused || !this.#isInRange()) return undefined
    if (this.#hasAnswered && this.#position === log.endOffset) return undefined
    const batch = log.read(this.#position, { maxRecords, maxBytes: options.maxBytesPerPartition })
    this.#hasAnswered = true
    this.#moveTo(batch.nextOffset)
    return batch
  }

  /** Hands nothing over from now on; commits still pass. */
  stopFetching(): void {
    this.#isFetching = false
  }

  /** From now on the lease is over. */
  fence(): void {
    this.#isFetching = false
    this.isLive = false
  }

  #moveTo(offset: bigint): void {
    this.#position = offset
    if (offset > this.handedOver) this.handedOver = offset
  }

  /** Moves back into the log by the policy; false when the partition can't be read from where it stands. */
  #isInRange(): boolean {
    const { log, options, report, topic, partition } = this.#parts
    const from = this.#position
    if (from >= log.startOffset && from <= log.endOffset) return true
    const at = { group: options.group, topic, partition }
    if (options.outOfRange === 'fail') {
      this.#isFetching = false
      const reason = `offset ${from} is not in the log, and the policy is "fail"`
      const error = fail('MILLRACE_DRIVER_PARTITION_FAILED', { topic, partition, reason })
      report({ name: 'partition.failed', ...at, error })
      return false
    }
    const to = options.outOfRange === 'earliest' ? log.startOffset : log.endOffset
    this.#position = to
    this.handedOver = to
    report({ name: 'partition.out-of-range', ...at, from, to })
    return true
  }
}
