import type { TimedOffset } from '../log/time-lookup.js'
import type { PartitionLog } from '../log/partition-log.js'
import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import type { RequestHandler } from './answer.js'
import { isIsolationLevel, readCommittedLevel } from './isolation-level.js'
import { judgeLeaderEpoch } from './leader-epoch.js'
import type { PartitionLookup } from './partition-lookup.js'

type Request = RequestBody<'ListOffsets'>
type Response = ResponseBody<'ListOffsets'>
type Asked = Request['topics'][number]['partitions'][number]
type PartitionAnswer = Response['topics'][number]['partitions'][number]

/** Timestamps that are none. */
const [latest, earliest, highestTimestamp] = [-1n, -2n, -3n]
/** The first version that may ask for the highest timestamp (KIP-734). */
const highestTimestampVersion = 7

export function createListOffsetsHandler({ topics }: { topics: PartitionLookup }): RequestHandler<Request, Response> {
  return (request, { apiVersion }) => {
    const readCommitted = request.isolationLevel === readCommittedLevel
    const twice = askedTwice(request)
    return {
      topics: request.topics.map(({ name, partitions }) => ({
        name,
        partitions: eachOnce(partitions).map((asked) => {
          if (!isIsolationLevel(request.isolationLevel)) return refused(asked, errorCode.UNKNOWN_SERVER_ERROR)
          if (twice.has(keyOf(name, asked.partitionIndex))) return refused(asked, errorCode.INVALID_REQUEST)
          if (!isKnown(asked.timestamp, apiVersion)) return refused(asked, errorCode.UNSUPPORTED_VERSION)
          const log = topics.partition(name, asked.partitionIndex)?.log
          if (log === undefined) return refused(asked, errorCode.UNKNOWN_TOPIC_OR_PARTITION)
          const code = judgeLeaderEpoch(asked.currentLeaderEpoch, log.leaderEpoch)
          return code === errorCode.NONE ? found(asked, log, readCommitted) : refused(asked, code)
        }),
      })),
    }
  }
}

const isKnown = (timestamp: bigint, apiVersion: number): boolean =>
  timestamp >= earliest || (timestamp === highestTimestamp && apiVersion >= highestTimestampVersion)

function found(asked: Asked, log: PartitionLog, readCommitted: boolean): PartitionAnswer {
  const { offset, timestamp } = lookUp(asked.timestamp, log, readCommitted)
  return {
    partitionIndex: asked.partitionIndex,
    errorCode: errorCode.NONE,
    timestamp,
    offset,
    leaderEpoch: offset < 0n ? -1 : log.leaderEpoch,
  }
}

function lookUp(timestamp: bigint, log: PartitionLog, readCommitted: boolean): TimedOffset {
  switch (timestamp) {
    case latest:
      return { offset: readCommitted ? log.lastStableOffset : log.endOffset, timestamp: -1n }
    case earliest:
      return { offset: log.startOffset, timestamp: -1n }
    case highestTimestamp:
      return log.offsetOfLatestTime(readCommitted)
    default:
      return log.offsetForTime(timestamp, readCommitted)
  }
}

/** A partition that is named twice is answered once. */
const eachOnce = (partitions: readonly Asked[]): readonly Asked[] => [
  ...new Map(partitions.map((asked) => [asked.partitionIndex, asked])).values(),
]

const refused = ({ partitionIndex }: Asked, code: number): PartitionAnswer => ({ partitionIndex, errorCode: code })

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`

function askedTwice({ topics }: Request): ReadonlySet<string> {
  const once = new Set<string>()
  const twice = new Set<string>()
  for (const { name, partitions } of topics) {
    for (const { partitionIndex } of partitions) {
      const key = keyOf(name, partitionIndex)
      if (once.has(key)) twice.add(key)
      once.add(key)
    }
  }
  return twice
}
