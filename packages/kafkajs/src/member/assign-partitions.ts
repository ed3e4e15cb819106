export interface SubscribedMember {
  readonly memberId: string
  readonly topics: readonly string[]
}

export type Assignment = Record<string, number[]>

/**
 * Gives each partition to one member that subscribed to its topic, always to the one with the fewest so far. Pure, and the
 * same whoever computes it. Members of one group may want different topics, as in a rolling deploy that adds one.
 */
export function assignPartitions(
  members: readonly SubscribedMember[],
  partitionCounts: ReadonlyMap<string, number>,
): ReadonlyMap<string, Assignment> {
  const sorted = members.toSorted((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const assigned = new Map(sorted.map(({ memberId }): [string, Assignment] => [memberId, {}]))
  const loads = new Map<string, number>()
  for (const [topic, count] of [...partitionCounts].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    const takers = sorted.filter(({ topics }) => topics.includes(topic)).map(({ memberId }) => memberId)
    for (let partition = 0; partition < count; partition += 1) {
      const taker = leastLoaded(takers, loads)
      if (taker === undefined) break
      const assignment = assigned.get(taker) ?? {}
      assignment[topic] = [...(assignment[topic] ?? []), partition]
      loads.set(taker, (loads.get(taker) ?? 0) + 1)
    }
  }
  return assigned
}

function leastLoaded(takers: readonly string[], loads: ReadonlyMap<string, number>): string | undefined {
  const load = (memberId: string): number => loads.get(memberId) ?? 0
  return takers.reduce<string | undefined>(
    (best, taker) => (best === undefined || load(taker) < load(best) ? taker : best),
    undefined,
  )
}
