import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import { refuseReplicas } from '../topics/plan-partitions.js'
import { type Refusal, refuse } from '../topics/refusal.js'
import type { Topics } from '../topics/topics.js'
import type { RequestHandler } from './answer.js'
import { namedOnce } from './named-once.js'

type Request = RequestBody<'CreatePartitions'>
type Response = ResponseBody<'CreatePartitions'>
type Wanted = Request['topics'][number]

export interface CreatePartitionsDeps {
  readonly topics: Pick<Topics, 'find' | 'checkGrowth' | 'addPartitions'>
  readonly nodeIds: readonly number[]
}

export function createCreatePartitionsHandler(deps: CreatePartitionsDeps): RequestHandler<Request, Response> {
  const grow = ({ name, count, assignments }: Wanted, validateOnly: boolean): Refusal | undefined => {
    const refusal = deps.topics.checkGrowth(name, count) ?? refuseAssignments(name, count, assignments)
    return refusal ?? (validateOnly ? undefined : deps.topics.addPartitions(name, count))
  }

  const refuseAssignments = (name: string, count: number, given: Wanted['assignments']): Refusal | undefined => {
    if (given === null) return undefined
    const more = count - (deps.topics.find(name)?.partitions.length ?? 0)
    if (given.length !== more) {
      return refuse(
        errorCode.INVALID_REPLICA_ASSIGNMENT,
        `Attempted to add ${more} additional partition(s), but only ${given.length} assignment(s) were specified.`,
      )
    }
    for (const { brokerIds } of given) {
      const refusal = refuseReplicas(brokerIds, deps.nodeIds)
      if (refusal !== undefined) return refusal
    }
    return undefined
  }

  return (request) => {
    const { once, repeated } = namedOnce(request.topics, ({ name }) => name)
    return {
      results: [
        ...repeated.map((name) => resultOf(name, refuse(errorCode.INVALID_REQUEST, 'Duplicate topic name.'))),
        ...once.map((topic) => resultOf(topic.name, grow(topic, request.validateOnly))),
      ],
    }
  }
}

const resultOf = (name: string, refusal: Refusal | undefined): Response['results'][number] => ({
  name,
  errorCode: refusal?.errorCode ?? errorCode.NONE,
  errorMessage: refusal?.errorMessage ?? null,
})
