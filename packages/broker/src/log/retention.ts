import type { CancelTimer, Clock } from '../clock/clock.js'
import type { BatchStore } from './batch-store.js'
import { deletesByAge, type LogConfig } from './log-config.js'
import { readBatchHeader } from './record-batch.js'

/** Kafka's `log.retention.check.interval.ms`. */
const checkIntervalMs = 5 * 60 * 1000

/**
 * Where a log should begin: behind its leading batches that are too old or too many. Kafka does this in segments of 1 GB; here it
 * is done in batches, so that what is said about retention can be seen in a small log.
 */
export function retainedFrom(store: BatchStore, config: LogConfig, now: number): bigint {
  let start = store.startOffset
  if (!deletesByAge(config)) return start
  let left = store.sizeInBytes
  for (const batch of store.batches()) {
    const { baseOffset, lastOffsetDelta, maxTimestamp } = readBatchHeader(batch)
    const writtenMs = maxTimestamp < 0n ? store.lastAppendMs(baseOffset) : Number(maxTimestamp)
    const isOld = config.retentionMs >= 0 && now - writtenMs > config.retentionMs
    const isTooMuch = config.retentionBytes >= 0 && left - batch.length >= config.retentionBytes
    if (!isOld && !isTooMuch) break
    left -= batch.length
    start = baseOffset + BigInt(lastOffsetDelta) + 1n
  }
  return start
}

interface RetentionDeps {
  readonly clock: Clock
  readonly logs: () => Iterable<{ enforceRetention(now: number): void }>
  readonly intervalMs?: number
}

/** Looks at all logs every five minutes of the broker's clock. Returns how to stop it. */
export function startRetention({ clock, logs, intervalMs = checkIntervalMs }: RetentionDeps): () => void {
  let cancel: CancelTimer
  const check = (): void => {
    cancel = clock.after(intervalMs, check)
    const now = clock.now()
    for (const log of logs()) log.enforceRetention(now)
  }
  cancel = clock.after(intervalMs, check)
  return () => cancel()
}
