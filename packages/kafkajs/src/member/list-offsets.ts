import type { LogPlace } from '@millrace/core'
import { bounded } from '../client/bounded.js'
import { callBroker } from '../client/call-broker.js'
import { KafkaFault } from '../client/kafka-fault.js'
import type { Client } from '../client/open-client.js'
import { plainError } from '../client/plain-error.js'
import { readList, readNumber, readText } from '../client/read-answer.js'
import { groupByTopic, keyOf, type TopicPartition } from './group-offsets.js'
import type { Leaders } from './leaders.js'

/** ListOffsets' names for the two ends of a log. */
const TIMESTAMPS = { earliest: -2, latest: -1 } as const
/** The end that counts is the one a `read_committed` reader may reach. */
const READ_COMMITTED = 1
const LEADER_NOT_AVAILABLE = 5
const LIMIT_MS = 5000

/** One place of each log by its leader; -1 for a time that no record has or is behind of. A partition that can't be asked gets its own error; nobody else does. Never rejects. */
export async function listOffsets(
  client: Pick<Client, 'cluster'>,
  leaders: Leaders,
  partitions: readonly TopicPartition[],
  at: LogPlace,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, bigint | Error>> {
  const found = new Map<string, bigint | Error>()
  const byLeader = new Map<number, TopicPartition[]>()
  for (const wanted of partitions) {
    const leader = leaders.leaderOf(wanted)
    if (leader === undefined) found.set(keyOf(wanted), new KafkaFault(LEADER_NOT_AVAILABLE, keyOf(wanted)))
    else byLeader.set(leader, [...(byLeader.get(leader) ?? []), wanted])
  }
  const asking = [...byLeader].map(async ([nodeId, led]) => {
    try {
      const broker = await bounded(client.cluster.findBroker({ nodeId }), 'connecting', LIMIT_MS, signal)
      const topics = groupByTopic(led, ({ partition }) => ({
        partition,
        timestamp: typeof at === 'string' ? TIMESTAMPS[at] : at.timestamp,
      }))
      const parameters = { replicaId: -1, isolationLevel: READ_COMMITTED, topics }
      const answer = await callBroker(broker, 'ListOffsets', parameters, { limitMs: LIMIT_MS, signal })
      for (const [key, offset] of readOffsets(answer)) found.set(key, offset)
    } catch (error) {
      // The leader's trouble is the trouble of each partition it leads.
      for (const wanted of led) found.set(keyOf(wanted), plainError(error))
    }
  })
  await Promise.all(asking)
  return found
}

function readOffsets(answer: unknown): [string, bigint | Error][] {
  return readList(answer, 'responses').flatMap((topicAnswer) => {
    const topic = readText(topicAnswer, 'topic')
    return readList(topicAnswer, 'partitions').map((found): [string, bigint | Error] => {
      const key = keyOf({ topic, partition: readNumber(found, 'partition') })
      const code = readNumber(found, 'errorCode')
      return [key, code === 0 ? BigInt(readText(found, 'offset')) : new KafkaFault(code, key)]
    })
  })
}
