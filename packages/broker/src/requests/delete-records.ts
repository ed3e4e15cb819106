import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import type { RequestHandler } from './answer.js'
import type { PartitionLookup } from './partition-lookup.js'

type Request = RequestBody<'DeleteRecords'>
type Response = ResponseBody<'DeleteRecords'>

/** Moves starts of logs. Nothing is replicated, so there is nobody to wait for and the time-out is not used. */
export function createDeleteRecordsHandler({ topics }: { topics: PartitionLookup }): RequestHandler<Request, Response> {
  return (request) => ({
    topics: request.topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map(({ partitionIndex, offset }) => {
        const log = topics.partition(name, partitionIndex)?.log
        const code = log?.deleteRecords(offset) ?? errorCode.UNKNOWN_TOPIC_OR_PARTITION
        const lowWatermark = log === undefined || code !== errorCode.NONE ? -1n : log.startOffset
        return { partitionIndex, lowWatermark, errorCode: code }
      }),
    })),
  })
}
