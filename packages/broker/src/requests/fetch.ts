import type { Clock } from '../clock/clock.js'
import { readRefused } from '../log/read-result.js'
import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import { Parked, type RequestHandler } from './answer.js'
import { planFetch } from './fetch-plan.js'
import { isIsolationLevel } from './isolation-level.js'
import type { PartitionLookup } from './partition-lookup.js'
import { readFetch } from './read-fetch.js'
import { waitForFetch } from './waiting-fetch.js'

export interface FetchDeps {
  readonly topics: PartitionLookup
  readonly clock: Pick<Clock, 'after'>
}

type Request = RequestBody<'Fetch'>
type Response = ResponseBody<'Fetch'>

/** What Kafka makes of an isolation level that there is not: an exception, answered for everything that was asked. */
const crashed = ({ topics }: Request): Response => ({
  errorCode: errorCode.UNKNOWN_SERVER_ERROR,
  responses: topics.map(({ topic, partitions }) => ({
    topic,
    partitions: partitions.map(({ partition }) => ({
      ...readRefused(errorCode.UNKNOWN_SERVER_ERROR),
      abortedTransactions: [],
      partitionIndex: partition,
    })),
  })),
})

/**
 * Answers at once where there is enough, where a partition fails, where nothing that is asked for exists, and where the client does
 * not want to wait. Sessions (KIP-227) are not kept: their number is always 0, which tells a client to name all partitions each time.
 */
export function createFetchHandler({ topics, clock }: FetchDeps): RequestHandler<Request, Response> {
  return (request) => {
    if (!isIsolationLevel(request.isolationLevel)) return crashed(request)
    if (request.sessionEpoch > 0) return { errorCode: errorCode.FETCH_SESSION_ID_NOT_FOUND, responses: [] }
    const plan = planFetch(request, topics)
    const { response, bytes, isFinal } = readFetch(plan)
    if (isFinal || plan.known.length === 0 || plan.maxWaitMs <= 0 || bytes >= plan.minBytes) return response
    const parked = new Parked<Response>(() => stop())
    const stop = waitForFetch({ plan, clock, onReady: () => parked.resolve(readFetch(plan).response) })
    return parked
  }
}
