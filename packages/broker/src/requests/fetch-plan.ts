import type { PartitionLog } from '../log/partition-log.js'
import type { RequestBody } from '../protocol/apis.js'
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
  readonly known: readonly WantedLog[]
  readonly unknown: readonly WantedPartition[]
  readonly readCommitted: boolean
  readonly minBytes: number
  readonly maxBytes: number
  readonly maxWaitMs: number
}

/** Kafka's `fetch.max.bytes` of the broker. */
const brokerMaxBytes = 55 * 1024 * 1024
const readCommittedLevel = 1

export function planFetch(request: RequestBody<'Fetch'>, topics: PartitionLookup): FetchPlan {
  const known: WantedLog[] = []
  const unknown: WantedPartition[] = []
  for (const { topic, partitions } of request.topics) {
    for (const { partition, fetchOffset: offset, partitionMaxBytes, currentLeaderEpoch } of partitions) {
      const log = topics.partition(topic, partition)?.log
      const wanted = { topic, partition, offset, maxBytes: Math.max(0, partitionMaxBytes), currentLeaderEpoch }
      if (log === undefined) unknown.push(wanted)
      else known.push({ ...wanted, log })
    }
  }
  const maxBytes = Math.min(Math.max(0, request.maxBytes), brokerMaxBytes)
  return {
    known,
    unknown,
    readCommitted: request.isolationLevel === readCommittedLevel,
    minBytes: Math.min(request.minBytes, maxBytes),
    maxBytes,
    maxWaitMs: request.maxWaitMs,
  }
}
