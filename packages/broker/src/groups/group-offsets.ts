import { createPartitionMap, type PartitionEntry, type PartitionMap } from './partition-map.js'

export interface OffsetToStore {
  readonly offset: bigint
  /** -1: not given. */
  readonly leaderEpoch: number
  readonly metadata: string
  readonly committedAt: number
  /** Null: the broker's retention decides. */
  readonly expiresAt: number | null
}

export interface StoredOffset extends OffsetToStore {
  /** Its place among all commits of the group, as the offset of its record is in Kafka. */
  readonly order: number
}

/** What one group has committed, and what transactions that are still open would commit. */
export interface GroupOffsets {
  readonly isEmpty: boolean
  find(topic: string, partition: number): StoredOffset | undefined
  /** Whether an open transaction would change it. */
  isPending(topic: string, partition: number): boolean
  commit(topic: string, partition: number, offset: OffsetToStore): void
  stage(producerId: bigint, topic: string, partition: number, offset: OffsetToStore): void
  /** Ends a transaction. Returns what it has committed: a plain commit that came after it stands. */
  end(producerId: bigint, committed: boolean): PartitionEntry<StoredOffset>[]
  /** Also what is pending for it: that transaction brings nothing back. */
  remove(topic: string, partition: number): void
  removeTopic(topic: string): void
  committed(): PartitionEntry<StoredOffset>[]
  pending(): (PartitionEntry<StoredOffset> & { readonly producerId: bigint })[]
}

export function createGroupOffsets(): GroupOffsets {
  const committed = createPartitionMap<StoredOffset>()
  const pending = new Map<bigint, PartitionMap<StoredOffset>>()
  let commits = 0
  const ordered = (offset: OffsetToStore): StoredOffset => ({ ...offset, order: (commits += 1) })

  function remove(topic: string, partition: number): void {
    committed.delete(topic, partition)
    for (const [producerId, staged] of pending) {
      staged.delete(topic, partition)
      if (staged.size === 0) pending.delete(producerId)
    }
  }

  const pendingEntries = () =>
    [...pending].flatMap(([producerId, staged]) => staged.entries().map((entry) => ({ ...entry, producerId })))

  return {
    get isEmpty() {
      return committed.size === 0 && pending.size === 0
    },
    find: (topic, partition) => committed.get(topic, partition),
    isPending: (topic, partition) => [...pending.values()].some((staged) => staged.has(topic, partition)),
    commit: (topic, partition, offset) => committed.set(topic, partition, ordered(offset)),
    stage(producerId, topic, partition, offset) {
      const staged = pending.get(producerId) ?? createPartitionMap<StoredOffset>()
      pending.set(producerId, staged)
      staged.set(topic, partition, ordered(offset))
    },
    end(producerId, isCommitted) {
      const staged = pending.get(producerId)?.entries() ?? []
      pending.delete(producerId)
      const winning = staged.filter(({ topic, partition, value }) => {
        const present = committed.get(topic, partition)
        return isCommitted && (present === undefined || present.order < value.order)
      })
      for (const { topic, partition, value } of winning) committed.set(topic, partition, value)
      return winning
    },
    remove,
    removeTopic(topic) {
      for (const entry of [...committed.entries(), ...pendingEntries()]) {
        if (entry.topic === topic) remove(topic, entry.partition)
      }
    },
    committed: () => committed.entries(),
    pending: pendingEntries,
  }
}
