import { type Logger, systemClock } from '@millrace/core'
import { KafkaFault } from '../client/kafka-fault.js'
import { readList, readNumber, readText } from '../client/read-answer.js'
import { isObject } from '../internals.js'
import type { FetchedOffset, OffsetFetchAnswer, OffsetFetchQuestion } from '../wire/offset-fetch-request.js'
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

interface PartitionCode extends TopicPartition {
  readonly code: number
}

export const keyOf = ({ topic, partition }: TopicPartition): string => `${topic}/${partition}`

const UNKNOWN_TOPIC = 3
const UNSTABLE_OFFSET_COMMIT = 88
const TRY_LIMIT_MS = 4000
const FIRST_DELAY_MS = 10
const LAST_DELAY_MS = 200
/**
 * How long a pending transaction is waited for: longer than one may last, which is 15 minutes (`transaction.max.timeout.ms` of the
 * brokers) and up to 10 s until they look. To give up sooner would end the member, and the next one would meet the same.
 */
export const STABLE_LIMIT_MS = 20 * 60_000
const SAY_AGAIN_MS = 90_000

/** The error code of each partition that was not committed. Bounded; one request for all. */
export async function commitOffsets(
  coordinator: Coordinator,
  { group, memberId, generation }: Membership,
  commits: readonly OffsetToCommit[],
  limits: { readonly limitMs: number; readonly signal: AbortSignal },
): Promise<readonly PartitionCode[]> {
  const topics = groupByTopic(commits, ({ partition, offset, metadata = null }) => ({
    partition,
    offset: offset.toString(),
    metadata,
  }))
  const answer = await coordinator.ask(
    'OffsetCommit',
    { groupId: group, groupGenerationId: generation, memberId, topics },
    // An error of the group stands in every partition.
    (found) => codesOf(found).find(({ code }) => code !== 0)?.code ?? 0,
    { ...limits, tryLimitMs: TRY_LIMIT_MS },
  )
  // A deleted topic has no offset to keep; its neighbours in the request were committed.
  return codesOf(answer).filter(({ code }) => code !== 0 && code !== UNKNOWN_TOPIC)
}

const codesOf = (answer: unknown): readonly PartitionCode[] =>
  readList(answer, 'responses').flatMap((topicAnswer) => {
    const topic = readText(topicAnswer, 'topic')
    return readList(topicAnswer, 'partitions').map((found) => ({
      topic,
      partition: readNumber(found, 'partition'),
      code: readNumber(found, 'errorCode'),
    }))
  })

/**
 * Where the group stands; partitions without a committed offset are absent. An offset that a transaction holds open is waited for
 * (KIP-447): what the group has now is what that transaction is about to replace, and who began there would process its records
 * twice. Brokers before Kafka 2.5 can't tell.
 * @throws KafkaFault for an error of the group or of a partition, and where a transaction stays open beyond `STABLE_LIMIT_MS`.
 */
export async function fetchCommittedOffsets(
  coordinator: Coordinator,
  group: string,
  partitions: readonly TopicPartition[],
  { limitMs, signal, log }: { readonly limitMs: number; readonly signal: AbortSignal; readonly log: Logger },
): Promise<ReadonlyMap<string, bigint>> {
  const question: OffsetFetchQuestion = { group, partitions, requireStable: true }
  const limits = { limitMs, signal, tryLimitMs: TRY_LIMIT_MS }
  const giveUpAtMs = systemClock.now() + STABLE_LIMIT_MS
  let sayAtMs = systemClock.now()
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(2 * delayMs, LAST_DELAY_MS)) {
    const found = offsetsOf(await coordinator.ask('OffsetFetch', question, codeOf, limits))
    const held = found.find(({ errorCode }) => errorCode === UNSTABLE_OFFSET_COMMIT)
    if (held === undefined) {
      return new Map(found.filter(({ offset }) => offset >= 0n).map((one) => [keyOf(one), one.offset]))
    }
    if (systemClock.now() + delayMs >= giveUpAtMs) {
      const problem = `a transaction has held the committed offset of ${keyOf(held)} for ${STABLE_LIMIT_MS / 1000} s`
      throw new KafkaFault(held.errorCode, problem)
    }
    if (systemClock.now() >= sayAtMs) {
      sayAtMs = systemClock.now() + SAY_AGAIN_MS
      const { topic, partition } = held
      log.info({ group, topic, partition }, 'a transaction holds a committed offset; it is waited for')
    }
    await systemClock.wait(delayMs, signal)
    signal.throwIfAborted()
  }
}

/** To take an error for "nothing committed" would begin at the wrong end of the log. */
function offsetsOf(answer: unknown): readonly FetchedOffset[] {
  if (!isOffsets(answer)) throw new TypeError('an answer to OffsetFetch was decoded to something else')
  if (answer.errorCode !== 0) throw new KafkaFault(answer.errorCode, 'reading the offsets of the group')
  const failed = answer.partitions.find(({ errorCode }) => !isBearable(errorCode))
  if (failed !== undefined) throw new KafkaFault(failed.errorCode, `reading the offset of ${keyOf(failed)}`)
  return answer.partitions
}

const isBearable = (code: number): boolean => code === 0 || code === UNKNOWN_TOPIC || code === UNSTABLE_OFFSET_COMMIT

const isOffsets = (answer: unknown): answer is OffsetFetchAnswer =>
  isObject(answer) && typeof answer['errorCode'] === 'number' && Array.isArray(answer['partitions'])

/** For the coordinator: an error of the group stands in the answer itself or, before version 2, in every partition. */
function codeOf(answer: unknown): number {
  if (!isOffsets(answer) || answer.errorCode !== 0) return readNumber(answer, 'errorCode')
  return answer.partitions.find(({ errorCode }) => errorCode !== 0)?.errorCode ?? 0
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
