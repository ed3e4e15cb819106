import { type DriverEvent, fail, type Lease, type MemberOptions, type ReceivedBatch } from '@millrace/core'
import type { PartitionLog } from './partition-log.js'
import type { ScriptedTopics } from './scripted-topics.js'

export interface LeaseParts {
  readonly topic: string
  readonly partition: number
  readonly epoch: number
  readonly startOffset: bigint
  readonly topics: Pick<ScriptedTopics, 'get'>
  readonly options: Pick<MemberOptions, 'group' | 'outOfRange' | 'maxBytesPerPartition'>
  readonly wake: () => void
  readonly report: (event: DriverEvent) => void
  /** Whether a test has made this partition stand still without a word. */
  readonly isStalled: (topic: string, partition: number) => boolean
}

/** One partition in the hands of one member for one generation. */
export class ScriptedLease implements Lease {
  isLive = true
  /** It was moved, and may be committed below what it had. */
  isSought = false
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
  #hasFailed = false

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
    this.handedOver = offset
    this.isSought = true
    this.#parts.wake()
  }

  /** What `onRecords` gets next; undefined when there is nothing to say. */
  fetch(maxRecords: number): ReceivedBatch | undefined {
    if (!this.isLive || !this.#isFetching || this.#isPaused) return undefined
    if (this.#parts.isStalled(this.topic, this.partition)) return undefined
    const log = this.#readableLog()
    if (log === undefined || !this.#isInRange(log)) return undefined
    const { options } = this.#parts
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

  /** Undefined while the topic is gone, which is said once, as is that it is back. */
  #readableLog(): PartitionLog | undefined {
    const { topics, options, report, topic, partition } = this.#parts
    const at = { group: options.group, topic, partition }
    const log = topics.get(topic)?.partitions[partition]
    if ((log === undefined) === this.#hasFailed) return log
    this.#hasFailed = log === undefined
    const reason = 'the topic does not exist'
    if (log !== undefined) report({ name: 'partition.recovered', ...at })
    else
      report({
        name: 'partition.failed',
        ...at,
        error: fail('MILLRACE_DRIVER_PARTITION_FAILED', { topic, partition, reason }),
      })
    return log
  }

  /** Moves back into the log by the policy; false when the partition can't be read from where it stands. */
  #isInRange(log: PartitionLog): boolean {
    const { options, report, topic, partition } = this.#parts
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
