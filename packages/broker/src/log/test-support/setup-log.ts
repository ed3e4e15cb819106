import type { BrokerEvent } from '../../observe/broker-events.js'
import type { LogConfig } from '../log-config.js'
import { createMemoryBudget } from '../memory-budget.js'
import { PartitionLog } from '../partition-log.js'
import { type BatchToBuild, buildBatch } from './build-batch.js'

const kafkaDefaults: LogConfig = {
  maxMessageBytes: 1_048_588,
  segmentBytes: 1_073_741_824,
  timestampType: 'CreateTime',
  retentionMs: 604_800_000,
  retentionBytes: -1,
  cleanupPolicy: 'delete',
  timestampBeforeMaxMs: 2 ** 63,
  timestampAfterMaxMs: 3_600_000,
}

export interface LogSetup {
  config?: Partial<LogConfig>
  limitBytes?: number
  topic?: string
  partition?: number
}

/** A log, what it tells, and short words for writing to it. Its clock stands at 10 seconds unless said otherwise. */
export function setupLog({ config = {}, limitBytes = 2 ** 30, topic = 'orders', partition = 0 }: LogSetup = {}) {
  const live: { -readonly [K in keyof LogConfig]: LogConfig[K] } = { ...kafkaDefaults, ...config }
  const budget = createMemoryBudget({ limitBytes })
  const events: BrokerEvent[] = []
  const log = new PartitionLog({
    topic,
    partition,
    config: live,
    budget,
    events: { emit: (event) => void events.push(event), isWatched: true },
  })
  const append = (batch: BatchToBuild | Buffer = {}, now = 10_000) =>
    log.append(Buffer.isBuffer(batch) ? batch : buildBatch(batch), { now })
  const end = (producerId: bigint, committed: boolean, o: { producerEpoch?: number; now?: number } = {}): bigint =>
    log.appendMarker({ producerId, producerEpoch: 0, committed, coordinatorEpoch: 0, now: 10_000, ...o })
  return { log, config: live, budget, events, append, end }
}

export const readAll = (log: PartitionLog, offset = log.startOffset, readCommitted = false) =>
  log.read({ offset, maxBytes: 2 ** 30, readCommitted, wholeFirstBatch: true })
