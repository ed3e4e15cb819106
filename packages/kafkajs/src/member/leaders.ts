import { bounded } from '../client/bounded.js'
import type { Client } from '../client/open-client.js'
import type { TopicPartition } from './group-offsets.js'

/** Who leads what, from the metadata of the member's own client. */
export interface Leaders {
  /** Undefined while the partition has no leader, or does not exist. */
  leaderOf(wanted: TopicPartition): number | undefined
  partitionCount(topic: string): number
  /** Rejects when no broker answers, or with the signal's reason. Bounded. */
  refresh(signal: AbortSignal): Promise<void>
}

const REFRESH_LIMIT_MS = 10_000

export function createLeaders({ cluster }: Client): Leaders {
  const partitionsOf = (wanted: string) =>
    cluster.brokerPool.metadata?.topicMetadata.find(({ topic }) => topic === wanted)?.partitionMetadata ?? []
  return {
    leaderOf({ topic, partition }) {
      const leader = partitionsOf(topic).find(({ partitionId }) => partitionId === partition)?.leader
      return leader === undefined || leader < 0 ? undefined : leader
    },
    partitionCount: (topic) => partitionsOf(topic).length,
    refresh: (signal) => bounded(cluster.refreshMetadata(), 'refreshing metadata', REFRESH_LIMIT_MS, signal),
  }
}
