import { type DriverEvent, fail, type Lease, type MemberOptions, type ReceivedBatch } from '@millrace/core'
import type { PartitionLog } from './partition-log.js'

export interface ScriptedLease extends Lease {
  /** What `onRecords` gets next; undefined when there is nothing to say. */
  fetch(maxRecords: number): ReceivedBatch | undefined
  /** Hands nothing over from now on; commits still pass. */
  stopFetching(): void
  /** From now on the lease is over. */
  fence(): void
  /** The highest offset that may be committed: where the log goes on after what was handed over. */
  readonly handedOver: bigint
}

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
export function createScriptedLease(parts: LeaseParts): ScriptedLease {
  const { topic, partition, epoch, startOffset, log, options, wake, report } = parts
  const at = { group: options.group, topic, partition }
  let position = startOffset
  let handedOver = startOffset
  let isLive = true
  let isFetching = true
  let isPaused = false
  let hasAnswered = false

  /** False when the partition can't be read from where it stands. */
  function moveIntoRange(): boolean {
    if (position >= log.startOffset && position <= log.endOffset) return true
    const from = position
    if (options.outOfRange === 'fail') {
      isFetching = false
      const error = new Error(`offset ${from} is not in ${topic}[${partition}] any more`)
      report({ name: 'partition.failed', ...at, error })
      return false
    }
    position = options.outOfRange === 'earliest' ? log.startOffset : log.endOffset
    handedOver = position
    report({ name: 'partition.out-of-range', ...at, from, to: position })
    return true
  }

  return {
    topic,
    partition,
    epoch,
    startOffset,
    get isLive() {
      return isLive
    },
    get handedOver() {
      return handedOver
    },
    pause() {
      isPaused = true
    },
    resume() {
      isPaused = false
      wake()
    },
    seek(offset) {
      if (!isLive) throw fail('MILLRACE_DRIVER_LEASE_ENDED', { topic, partition })
      position = offset
      if (offset > handedOver) handedOver = offset
      wake()
    },
    fetch(maxRecords) {
      if (!isLive || !isFetching || isPaused || !moveIntoRange()) return undefined
      if (hasAnswered && position === log.endOffset) return undefined
      const batch = log.read(position, { maxRecords, maxBytes: options.maxBytesPerPartition })
      hasAnswered = true
      position = batch.nextOffset
      if (position > handedOver) handedOver = position
      return batch
    },
    stopFetching() {
      isFetching = false
    },
    fence() {
      isFetching = false
      isLive = false
    },
  }
}
