import { systemClock } from '@millrace/core'
import { KafkaFault } from '../client/kafka-fault.js'
import { readList, readNumber, readText } from '../client/read-answer.js'
import type { Coordinator } from './coordinator.js'

export interface TopicPartition {
  readonly topic: string
  readonly partition: number
}

export interface Membership {
  readonly group: string
  readonly memberId: string
  readonly generation: number
}

export interface OffsetToCommit extends TopicPartition {
  readonly offset: bigint
  readonly metadata?: string
}

export const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

const UNKNOWN_TOPIC = 3
const UNSTABLE_OFFSET_COMMIT = 88
const UNSTABLE_DELAY_MS = 50

/** The error code of each partition that was not committed. Bounded; one request for all. */
export async function commitOffsets(
  coordinator: Coordinator,
  { group, memberId, generation }: Membership,
  commits: readonly OffsetToCommit[],
  limits: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<readonly (TopicPartition & { readonly code: number })[]> {
  const topics = groupByTopic(commits, ({ partition, offset, metadata = null }) => ({
    partition,
    offset: offset.toString(),
    metadata,
  }))
  const answer = await coordinator.ask(
    'OffsetCommit',
    { groupId: group, groupGenerationId: generation, memberId, topics },
    firstCode,
    { ...limits, tryLimitMs: TRY_LIMIT_MS },
  )
  // A deleted topic has no offset to keep; its neighbours in the request were committed.
  return readPartitions(answer).filter(({ code }) => code !== 0 && code !== UNKNOWN_TOPIC)
}

const TRY_LIMIT_MS = 4000

/** Where the group stands; partitions without a committed offset are absent. Waits while a transaction holds an offset open. */
export async function fetchCommittedOffsets(
  coordinator: Coordinator,
  groupId: string,
  partitions: readonly TopicPartition[],
  limits: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, bigint>> {
  const topics = groupByTopic(partitions, ({ partition }) => ({ partition }))
  const endAtMs = systemClock.now() + limits.limitMs
  for (;;) {
    const answer = await coordinator.ask('OffsetFetch', { groupId, topics }, firstCode, {
      ...limits,
      tryLimitMs: TRY_LIMIT_MS,
    })
    const found = readPartitions(answer)
    // To take an error for "nothing committed" would begin at the wrong end of the log.
    const failed = found.find(({ code }) => code !== 0 && code !== UNKNOWN_TOPIC)
    if (failed === undefined) return committedOf(found)
    if (failed.code !== UNSTABLE_OFFSET_COMMIT || systemClock.now() + UNSTABLE_DELAY_MS >= endAtMs) {
      throw new KafkaFault(failed.code, `reading the offset of ${keyOf(failed)}`)
    }
    await systemClock.wait(UNSTABLE_DELAY_MS, limits.signal)
    limits.signal.throwIfAborted()
  }
}

interface PartitionAnswer extends TopicPartition {
  readonly code: number
  readonly offset: bigint
}

const committedOf = (found: readonly PartitionAnswer[]): ReadonlyMap<string, bigint> =>
  new Map(found.filter(({ offset }) => offset >= 0n).map((answer) => [keyOf(answer), answer.offset]))

function readPartitions(answer: unknown): PartitionAnswer[] {
  return readList(answer, 'responses').flatMap((topicAnswer) => {
    const topic = readText(topicAnswer, 'topic')
    return readList(topicAnswer, 'partitions').map((found) => ({
      topic,
      partition: readNumber(found, 'partition'),
      code: readNumber(found, 'errorCode'),
      offset: hasOffset(found) ? BigInt(readText(found, 'offset')) : -1n,
    }))
  })
}

const hasOffset = (found: unknown): boolean => typeof found === 'object' && found !== null && 'offset' in found

/** Errors of the group stand in every partition, or in the answer itself. */
function firstCode(answer: unknown): number {
  const whole =
    typeof answer === 'object' && answer !== null && 'errorCode' in answer ? readNumber(answer, 'errorCode') : 0
  return whole === 0 ? (readPartitions(answer).find(({ code }) => code !== 0)?.code ?? 0) : whole
}

export function groupByTopic<Item extends TopicPartition, Made>(
  items: readonly Item[],
  make: (item: Item) => Made,
): { topic: string; partitions: Made[] }[] {
  const topics = new Map<string, Made[]>()
  for (const item of items) {
    const made = topics.get(item.topic) ?? []
    topics.set(item.topic, made)
    made.push(make(item))
  }
  return [...topics].map(([topic, partitions]) => ({ topic, partitions }))
}
