import type { Clock } from '../clock/clock.js'
import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import { Parked, type RequestHandler } from './answer.js'
import { planFetch } from './fetch-plan.js'
import type { PartitionLookup } from './partition-lookup.js'
import { readFetch } from './read-fetch.js'
import { waitForFetch } from './waiting-fetch.js'

export interface FetchDeps {
  readonly topics: PartitionLookup
  readonly clock: Pick<Clock, 'after'>
}

type Request = RequestBody<'Fetch'>
type Response = ResponseBody<'Fetch'>

/**
 * Answers at once where there is enough, where a partition fails, where nothing that is asked for exists, and where the client does
 * not want to wait. Sessions (KIP-227) are not kept: their number is always 0, which tells a client to name all partitions each time.
 */
export function createFetchHandler({ topics, clock }: FetchDeps): RequestHandler<Request, Response> {
  return (request) => {
    if (request.sessionEpoch > 0) return { errorCode: errorCode.FETCH_SESSION_ID_NOT_FOUND, responses: [] }
    const plan = planFetch(request, topics)
    const { response, bytes, hasError } = readFetch(plan)
    if (hasError || plan.known.length === 0 || plan.maxWaitMs <= 0 || bytes >= plan.minBytes) return response
    const parked = new Parked<Response>(() => stop())
    const stop = waitForFetch({
      plan,
      clock,
      // What was deleted while it waited is unknown now, hence a new plan.
      onReady: () => parked.resolve(readFetch(planFetch(request, topics)).response),
    })
    return parked
  }
}
