import type { PartitionLog } from '../log/partition-log.js'
import type { RequestBody } from '../protocol/apis.js'
import { readCommittedLevel } from './isolation-level.js'
import type { PartitionLookup } from './partition-lookup.js'

/** One partition of a fetch. */
export interface WantedPartition {
  readonly topic: string
  readonly partition: number
  readonly offset: bigint
  readonly maxBytes: number
  readonly currentLeaderEpoch: number
}

export interface WantedLog extends WantedPartition {
  readonly log: PartitionLog
}

/** What a fetch asks for, looked up once: a waiting one does not look again. */
export interface FetchPlan {
  /** Each partition once: where a request names it twice, its last word counts. */
  readonly known: readonly WantedLog[]
  readonly unknown: readonly WantedPartition[]
  readonly readCommitted: boolean
  readonly minBytes: number
  readonly maxBytes: number
  readonly maxWaitMs: number
}

/** Kafka's `fetch.max.bytes` of the broker. */
const brokerMaxBytes = 55 * 1024 * 1024

export function planFetch(request: RequestBody<'Fetch'>, topics: PartitionLookup): FetchPlan {
  const known = new Map<PartitionLog, WantedLog>()
  const unknown = new Map<string, WantedPartition>()
  for (const { topic, partitions } of request.topics) {
    for (const { partition, fetchOffset: offset, partitionMaxBytes, currentLeaderEpoch } of partitions) {
      const log = topics.partition(topic, partition)?.log
      const wanted = { topic, partition, offset, maxBytes: Math.max(0, partitionMaxBytes), currentLeaderEpoch }
      if (log === undefined) unknown.set(`${topic}/${partition}`, wanted)
      else known.set(log, { ...wanted, log })
    }
  }
  const maxBytes = Math.min(Math.max(0, request.maxBytes), brokerMaxBytes)
  return {
    known: [...known.values()],
    unknown: [...unknown.values()],
    readCommitted: request.isolationLevel === readCommittedLevel,
    minBytes: Math.min(request.minBytes, maxBytes),
    maxBytes,
    maxWaitMs: request.maxWaitMs,
  }
}
