import type { KafkaAdmin, WorkerProcess } from '@millrace/testing'
import { until } from './until.js'

/** The group as the broker sees it, asked by Kafka's own client. */
export interface GroupView {
  /** Members of the group, those that wait to join among them. */
  groupSize(): Promise<number>
  /** Whether the others share all of it without whoever calls itself so to the broker. */
  goesOnWithout(clientId: string): Promise<boolean>
  /** The next offset to read by partition; nothing for one that was never committed. */
  committed(): Promise<ReadonlyMap<number, bigint>>
  /** Resolves when exactly these workers share all partitions, and each of them knows. */
  shared(by: readonly WorkerProcess[], partitions: number): Promise<void>
  /** Resolves when nothing is left to commit. */
  caughtUp(): Promise<void>
}

export function createGroupView(admin: KafkaAdmin, group: string, topic: string): GroupView {
  const committed = async (): Promise<ReadonlyMap<number, bigint>> =>
    new Map((await admin.committed(group)).map(({ partition, offset }) => [partition, offset]))

  return {
    committed,
    async goesOnWithout(clientId) {
      const { state, members } = await admin.describeGroup(group)
      return state === 'Stable' && members.length > 0 && members.every((member) => member.clientId !== clientId)
    },
    groupSize: async () => (await admin.describeGroup(group)).members.length,
    async shared(workers, partitions) {
      // Before one has joined there is no group to ask about; a worker that ends instead is told at once.
      await Promise.all(workers.map((worker) => worker.said('member.joined', { timeoutMs: 45_000 })))
      const look = async (): Promise<true | undefined> => {
        const { state, members } = await admin.describeGroup(group)
        const assigned = members.reduce((sum, { assignment }) => sum + assignment.length, 0)
        const isWhole = state === 'Stable' && members.length === workers.length && assigned === partitions
        const generations = new Set(workers.map(generationOf))
        return isWhole && generations.size === 1 ? true : undefined
      }
      await until(`${workers.length} workers share the group`, look, { limitMs: 45_000, everyMs: 100 })
    },
    async caughtUp() {
      const look = async (): Promise<true | undefined> => {
        const [ends, offsets] = [await admin.endOffsets(topic), await committed()]
        return [...ends].every(([partition, end]) => (offsets.get(partition) ?? 0n) >= end) ? true : undefined
      }
      await until('everything is committed', look, { limitMs: 60_000, everyMs: 100 })
    },
  }
}

const generationOf = ({ announcements }: WorkerProcess): unknown =>
  announcements.findLast(({ signal }) => signal === 'member.joined')?.facts['generation']
