import { errorCode } from '@millrace/broker/protocol'
import { refuse } from './kafka-refusal.js'
import { type ReadableRecord, readableRecords } from './readable-records.js'
import { retrying } from './retrying.js'
import type { Answered } from './wire-connection.js'
import type { WireCluster } from './wire-cluster.js'
import { type Isolation, isolationLevel, listOffsets } from './wire-offsets.js'

type FetchedPartition = Answered<'Fetch'>['responses'][number]['partitions'][number]

export interface PartitionRecord extends ReadableRecord {
  readonly partition: number
}

/** Records of several partitions of a topic, each from where it stands. */
export interface PartitionReader {
  /** By partition, the next offset to read. */
  readonly positions: Map<number, bigint>
  /**
   * One round: a Fetch to each leader of these partitions. What it brings is handed on at once, with its position. Waits up to
   * `waitMs` where there is nothing. Rejects, retriable, where somebody else leads now.
   */
  fetch(partitions: readonly number[], waitMs: number, limit: AbortSignal): Promise<void>
}

const mostBytes = 50 * 1024 * 1024
const mostBytesOfPartition = 4 * 1024 * 1024

export function createPartitionReader(
  cluster: WireCluster,
  { topic, isolation }: { readonly topic: string; readonly isolation: Isolation },
  onRecords: (records: readonly PartitionRecord[]) => void,
): PartitionReader {
  const positions = new Map<number, bigint>()
  const leaders = createKnownLeaders(cluster, topic)

  async function fetchFrom(leader: number, partitions: readonly number[], waitMs: number, limit: AbortSignal) {
    const wanted = partitions.map((partition) => ({
      partition,
      fetchOffset: positions.get(partition) ?? 0n,
      partitionMaxBytes: mostBytesOfPartition,
    }))
    const bounds = { replicaId: -1, maxWaitMs: waitMs, minBytes: 1, maxBytes: mostBytes }
    const topics = [{ topic, partitions: wanted }]
    const level = isolationLevel(isolation)
    const asked = { ...bounds, isolationLevel: level, topics, forgottenTopicsData: [] }
    const answer = await cluster.ask(leader, 'Fetch', asked, limit)
    refuse(answer.errorCode, `fetching "${topic}"`)
    for (const fetched of answer.responses.flatMap((one) => one.partitions)) await take(fetched, limit)
  }

  async function take(fetched: FetchedPartition, limit: AbortSignal): Promise<void> {
    const { partitionIndex: partition, errorCode: code, records, abortedTransactions } = fetched
    if (code === errorCode.OFFSET_OUT_OF_RANGE) {
      const range = { topic, partitions: [partition], which: 'earliest', isolation } as const
      positions.set(partition, (await listOffsets(cluster, range, limit)).get(partition) ?? 0n)
      return
    }
    refuse(code, `${topic}-${partition}`)
    const position = positions.get(partition) ?? 0n
    const list = isolation === 'read_committed' ? abortedTransactions : null
    const readable = readableRecords({ records, abortedTransactions: list })
    positions.set(partition, readable.nextOffset ?? position)
    onRecords(readable.records.flatMap((record) => (record.offset < position ? [] : [{ ...record, partition }])))
  }

  return {
    positions,
    async fetch(partitions, waitMs, limit) {
      try {
        const byLeader = await leaders.of(partitions, limit)
        const asking = [...byLeader].map(([leader, own]) => fetchFrom(leader, own, waitMs, limit))
        const failed = (await Promise.allSettled(asking)).find((one) => one.status === 'rejected')
        if (failed !== undefined) throw failed.reason
      } catch (error) {
        leaders.forget()
        throw error
      }
    },
  }
}

/** Who leads the partitions of a topic, as the metadata said last; forgotten after every failure. */
function createKnownLeaders(cluster: WireCluster, topic: string) {
  const leaders = new Map<number, number>()
  return {
    /** These partitions by the node id of their leader. */
    async of(partitions: readonly number[], limit: AbortSignal): Promise<ReadonlyMap<number, readonly number[]>> {
      const byLeader = new Map<number, number[]>()
      for (const partition of partitions) {
        const leader = leaders.get(partition) ?? (await cluster.leaderOf(topic, partition, limit))
        leaders.set(partition, leader)
        byLeader.set(leader, [...(byLeader.get(leader) ?? []), partition])
      }
      return byLeader
    },
    forget: (): void => leaders.clear(),
  }
}

/** Reads up to these offsets, and a little further. */
export async function readUntil(
  reader: PartitionReader,
  ends: ReadonlyMap<number, bigint>,
  limit: AbortSignal,
): Promise<void> {
  const open = (): number[] =>
    [...ends].flatMap(([partition, end]) => ((reader.positions.get(partition) ?? 0n) < end ? [partition] : []))
  for (let left = open(); left.length > 0; left = open()) {
    await retrying(`still reading ${left.join()}`, limit, () => reader.fetch(left, 100, limit))
  }
}
