import { errorCode } from '../protocol/error-codes.js'
import type { GroupOffsets } from './group-offsets.js'

export interface FetchedPartition {
  partitionIndex: number
  committedOffset: bigint
  committedLeaderEpoch: number
  metadata: string
  errorCode: number
}

export interface FetchedTopic {
  name: string
  partitions: FetchedPartition[]
}

export interface OffsetsToFetch {
  /** Null: all that are committed. */
  readonly topics: readonly { readonly name: string; readonly partitionIndexes: readonly number[] }[] | null
  /** Rather no offset than one that an open transaction may change (KIP-447). */
  readonly requireStable: boolean
}

/** What is not there, be it group, topic or partition, is offset -1 and no error. */
export function fetchOffsets(
  offsets: GroupOffsets | undefined,
  { topics, requireStable }: OffsetsToFetch,
): FetchedTopic[] {
  const asked = topics ?? (offsets === undefined ? [] : committedIn(offsets))
  return asked.map(({ name, partitionIndexes }) => ({
    name,
    partitions: partitionIndexes.map((partition) => fetchOne(offsets, name, partition, requireStable)),
  }))
}

function committedIn(offsets: GroupOffsets): { name: string; partitionIndexes: number[] }[] {
  const topics = Map.groupBy(offsets.committed(), ({ topic }) => topic)
  return [...topics].map(([name, entries]) => ({ name, partitionIndexes: entries.map(({ partition }) => partition) }))
}

function fetchOne(
  offsets: GroupOffsets | undefined,
  topic: string,
  partitionIndex: number,
  requireStable: boolean,
): FetchedPartition {
  const nothing = {
    partitionIndex,
    committedOffset: -1n,
    committedLeaderEpoch: -1,
    metadata: '',
    errorCode: errorCode.NONE,
  }
  if (offsets === undefined) return nothing
  if (requireStable && offsets.isPending(topic, partitionIndex)) {
    return { ...nothing, errorCode: errorCode.UNSTABLE_OFFSET_COMMIT }
  }
  const stored = offsets.find(topic, partitionIndex)
  if (stored === undefined) return nothing
  const { offset: committedOffset, leaderEpoch: committedLeaderEpoch, metadata } = stored
  return { ...nothing, committedOffset, committedLeaderEpoch, metadata }
}
