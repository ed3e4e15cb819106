import { bounded } from '../client/bounded.js'
import type { Client } from '../client/open-client.js'
import type { TopicPartition } from './group-offsets.js'

/** Who leads what, from the metadata of the member's own client. */
export interface Leaders {
  /** Undefined while the partition has no leader, or does not exist. */
  leaderOf(wanted: TopicPartition): number | undefined
  partitionCount(topic: string): number
  /** Takes the word of a node that was asked beside the client, until the client's own metadata is newer. */
  learn(found: FoundLeaders): void
  /** Rejects when no broker answers, or with the signal's reason. Bounded. */
  refresh(signal: AbortSignal): Promise<void>
}

/** Node ids by topic and partition, without partitions that nobody leads. */
export type FoundLeaders = ReadonlyMap<string, ReadonlyMap<number, number>>

const REFRESH_LIMIT_MS = 10_000

export function createLeaders({ cluster }: Pick<Client, 'cluster'>): Leaders {
  const partitionsOf = (wanted: string) =>
    cluster.brokerPool.metadata?.topicMetadata.find(({ topic }) => topic === wanted)?.partitionMetadata ?? []
  let learned: { readonly found: FoundLeaders; readonly beside: unknown } | undefined
  return {
    leaderOf({ topic, partition }) {
      if (learned?.beside !== cluster.brokerPool.metadata) learned = undefined
      const known = learned?.found.get(topic)?.get(partition)
      if (known !== undefined) return known
      const leader = partitionsOf(topic).find(({ partitionId }) => partitionId === partition)?.leader
      return leader === undefined || leader < 0 ? undefined : leader
    },
    partitionCount: (topic) => partitionsOf(topic).length,
    learn: (found) => void (learned = { found, beside: cluster.brokerPool.metadata }),
    refresh: (signal) => bounded(cluster.refreshMetadata(), 'refreshing metadata', REFRESH_LIMIT_MS, signal),
  }
}
