import { errorCode } from '@millrace/broker/protocol'
import { KafkaRefusal, refuse } from './kafka-refusal.js'
import { retrying } from './retrying.js'
import type { WireCall } from './wire-call.js'
import type { WireCluster } from './wire-cluster.js'

export type Isolation = 'read_committed' | 'read_uncommitted'

export const isolationIn = (call: WireCall): Isolation =>
  call.textOr('isolation', undefined) === 'read_committed' ? 'read_committed' : 'read_uncommitted'

export const isolationLevel = (isolation: Isolation): 0 | 1 => (isolation === 'read_committed' ? 1 : 0)

/** The partitions that a command names, else all of its topic. */
export async function wantedPartitions(
  cluster: WireCluster,
  call: WireCall,
  limit: AbortSignal,
): Promise<readonly number[]> {
  const name = call.text('topic')
  const named = call.list('partitions')
  if (named !== undefined) return named.map(Number)
  const { partitions } = await retrying(`describing "${name}"`, limit, () => cluster.topic(name, limit))
  return partitions.map(({ partitionIndex }) => partitionIndex).toSorted((a, b) => a - b)
}

const at = { earliest: -2n, latest: -1n }

/** One offset for each partition; each is asked for again for as long as its leader is not there. */
export function listOffsets(
  cluster: WireCluster,
  {
    topic,
    partitions,
    which,
    isolation,
    whileUnknown = false,
  }: {
    readonly topic: string
    readonly partitions: readonly number[]
    readonly which: keyof typeof at
    readonly isolation: Isolation
    /** Waits for a topic that has only just been created, too. */
    readonly whileUnknown?: boolean
  },
  limit: AbortSignal,
): Promise<ReadonlyMap<number, bigint>> {
  const one = async (partition: number): Promise<readonly [number, bigint]> => {
    const leader = await cluster.leaderOf(topic, partition, limit)
    const wanted = [{ partitionIndex: partition, timestamp: at[which] }]
    const topics = [{ name: topic, partitions: wanted }]
    const asked = { replicaId: -1, isolationLevel: isolationLevel(isolation), topics }
    const answer = await cluster.ask(leader, 'ListOffsets', asked, limit)
    const found = answer.topics[0]?.partitions[0]
    refuse(found?.errorCode ?? errorCode.UNKNOWN_SERVER_ERROR, `${topic}-${partition}`)
    return [partition, found?.offset ?? -1n]
  }
  const patiently = (partition: number): Promise<readonly [number, bigint]> =>
    retrying(`offsets of ${topic}-${partition}`, limit, async () => {
      try {
        return await one(partition)
      } catch (error) {
        if (!whileUnknown || !isUnknownTopic(error)) throw error
        throw new KafkaRefusal('UnknownTopicOrPartitionException', topic, { cause: error, isRetriable: true })
      }
    })
  return Promise.all(partitions.map(patiently)).then((found) => new Map(found))
}

const isUnknownTopic = (error: unknown): boolean =>
  error instanceof KafkaRefusal && error.kafkaError === 'UnknownTopicOrPartitionException'

export const offsetList = (offsets: ReadonlyMap<number, bigint>): readonly object[] =>
  [...offsets].map(([partition, offset]) => ({ partition, offset: offset.toString() }))
