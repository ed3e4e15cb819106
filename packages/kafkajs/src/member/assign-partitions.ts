import { balanceShares } from './balance-shares.js'
import type { OwnershipClaim } from './ownership-claim.js'
import { Share } from './share.js'

export interface SubscribedMember {
  readonly memberId: string
  readonly topics: readonly string[]
  /** What it owned before. Any claim may be wrong: of partitions that do not exist, or that somebody else owns by now. */
  readonly claim?: OwnershipClaim
}

export type Assignment = ReadonlyMap<string, readonly number[]>

/**
 * Gives each partition to one member that subscribed to its topic. Everybody keeps what it claims, the claim of the newest
 * generation counting; what is left goes to the member with the fewest; then as few partitions as possible move until no
 * move could make the shares more even. Members of one group may want different topics, as in a rolling deploy that adds
 * one. Pure, and the same whoever computes it.
 */
export function assignPartitions(
  members: readonly SubscribedMember[],
  partitionCounts: ReadonlyMap<string, number>,
): ReadonlyMap<string, Assignment> {
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const shares = new Map(sorted.map(({ memberId, topics }) => [memberId, new Share(topics)]))
  const subscribers = new Map([...partitionCounts.keys()].map((topic): [string, Share[]] => [topic, []]))
  for (const share of shares.values()) for (const topic of share.topics) subscribers.get(topic)?.push(share)
  const isOwned = keepClaims(sorted, shares, partitionCounts)
  // Who has the least choice comes first, so that little has to move for it afterwards.
  const choice = (topic: string): number => subscribers.get(topic)?.length ?? 0
  const topics = [...partitionCounts].toSorted(([a], [b]) => choice(a) - choice(b) || (a < b ? -1 : 1))
  for (const [topic, count] of topics) {
    for (let partition = 0; partition < count; partition += 1) {
      if (!isOwned(topic, partition)) leastLoaded(subscribers.get(topic) ?? [])?.add(topic, partition)
    }
  }
  balanceShares([...shares.values()], subscribers)
  return new Map([...shares].map(([memberId, share]) => [memberId, share.toAssignment()]))
}

function keepClaims(
  members: readonly SubscribedMember[],
  shares: ReadonlyMap<string, Share>,
  partitionCounts: ReadonlyMap<string, number>,
): (topic: string, partition: number) => boolean {
  const owned = new Map([...partitionCounts.keys()].map((topic) => [topic, new Set<number>()]))
  const newestFirst = members.toSorted((a, b) => (b.claim?.generation ?? -1) - (a.claim?.generation ?? -1))
  for (const { memberId, claim } of newestFirst) {
    const share = shares.get(memberId)
    for (const [topic, partitions] of claim?.partitions ?? []) {
      const taken = owned.get(topic)
      const count = partitionCounts.get(topic) ?? 0
      if (share === undefined || taken === undefined || !share.topics.has(topic)) continue
      for (const partition of partitions) {
        if (partition >= count || taken.has(partition)) continue
        taken.add(partition)
        share.keep(topic, partition)
      }
    }
  }
  return (topic, partition) => owned.get(topic)?.has(partition) === true
}

const leastLoaded = (shares: readonly Share[]): Share | undefined =>
  shares.reduce<Share | undefined>(
    (least, share) => (least === undefined || share.size < least.size ? share : least),
    undefined,
  )
