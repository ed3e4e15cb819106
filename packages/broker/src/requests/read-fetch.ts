import type { ReadResult } from '../log/partition-log.js'
import { readRefused } from '../log/read-result.js'
import type { ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import type { FetchPlan, WantedLog, WantedPartition } from './fetch-plan.js'
import { judgeLeaderEpoch } from './leader-epoch.js'

type Response = ResponseBody<'Fetch'>
type PartitionAnswer = Response['responses'][number]['partitions'][number]

export interface FetchRead {
  readonly response: Response
  readonly bytes: number
  /**
   * A partition that is there fails, or its reader of committed records is past what is decided, which Kafka takes for a log that was
   * truncated: such a fetch does not wait.
   */
  readonly isFinal: boolean
}

/**
 * Reads the partitions in the order they were asked for, until the answer is full. Its first batch is whole, however large; then
 * bytes are cut at the limits. Unknown partitions stand last, as in Kafka, even if their topic is named a second time for it.
 */
export function readFetch(plan: FetchPlan): FetchRead {
  const topics: { topic: string; partitions: PartitionAnswer[] }[] = []
  let bytes = 0
  let isFinal = false
  const add = ({ topic, partition }: WantedPartition, result: ReadResult): void => {
    let last = topics.at(-1)
    if (last?.topic !== topic) topics.push((last = { topic, partitions: [] }))
    last.partitions.push(answerOf(partition, result))
  }
  for (const wanted of plan.known) {
    const result = readOne(wanted, plan, bytes)
    bytes += result.records.length
    isFinal ||= result.errorCode !== errorCode.NONE || isPastStable(wanted, plan)
    add(wanted, result)
  }
  for (const wanted of plan.unknown) add(wanted, unknownPartition)
  return { response: { errorCode: errorCode.NONE, responses: topics }, bytes, isFinal }
}

const isPastStable = ({ log, offset }: WantedLog, { readCommitted }: FetchPlan): boolean =>
  readCommitted && offset > log.lastStableOffset

const unknownPartition = { ...readRefused(errorCode.UNKNOWN_TOPIC_OR_PARTITION), abortedTransactions: [] }

function readOne(
  { log, offset, maxBytes, currentLeaderEpoch }: WantedLog,
  plan: FetchPlan,
  before: number,
): ReadResult {
  const code = judgeLeaderEpoch(currentLeaderEpoch, log.leaderEpoch)
  if (code !== errorCode.NONE) return readRefused(code)
  const limit = Math.min(maxBytes, Math.max(0, plan.maxBytes - before))
  return log.read({
    offset,
    maxBytes: limit,
    readCommitted: plan.readCommitted,
    wholeFirstBatch: before === 0,
    enoughBytes: Math.max(limit / 2, plan.minBytes),
  })
}

const answerOf = (partitionIndex: number, result: ReadResult): PartitionAnswer => ({
  partitionIndex,
  errorCode: result.errorCode,
  highWatermark: result.highWatermark,
  lastStableOffset: result.lastStableOffset,
  logStartOffset: result.logStartOffset,
  abortedTransactions: result.abortedTransactions,
  records: result.records,
})
