import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import { type PartitionPlanner, planPartitions } from '../topics/plan-partitions.js'
import { type Refusal, refuse } from '../topics/refusal.js'
import type { TopicSpec, Topics } from '../topics/topics.js'
import type { RequestHandler } from './answer.js'
import { namedOnce } from './named-once.js'

type Request = RequestBody<'CreateTopics'>
type Response = ResponseBody<'CreateTopics'>

export interface CreateTopicsDeps extends PartitionPlanner {
  readonly topics: Pick<Topics, 'check' | 'create'>
}

/** Kafka's bound on one request. */
const maxPartitionsPerRequest = 10_000

/** CreateTopics: what it answers 0 for is there, with its leaders, when the answer leaves. */
export function createCreateTopicsHandler(deps: CreateTopicsDeps): RequestHandler<Request, Response> {
  const create = (wanted: Request['topics'][number], validateOnly: boolean): Refusal | undefined => {
    const partitions = planPartitions(wanted, deps)
    const config = new Map(wanted.configs.map(({ name, value }) => [name, value]))
    const spec: TopicSpec = { name: wanted.name, partitions: typeof partitions === 'number' ? partitions : 1, config }
    // Name and configs are judged before the number of partitions.
    const refusal = deps.topics.check(spec) ?? (typeof partitions === 'number' ? undefined : partitions)
    return refusal ?? (validateOnly ? undefined : deps.topics.create(spec))
  }

  return (request) => {
    const { once, repeated } = namedOnce(request.topics, ({ name }) => name)
    const tooMany = partitionsOf(once, deps) > maxPartitionsPerRequest
    return {
      topics: [
        ...once.map((topic) => resultOf(topic.name, tooMany ? excessive() : create(topic, request.validateOnly))),
        ...repeated.map((name) => resultOf(name, refuse(errorCode.INVALID_REQUEST, 'Duplicate topic name.'))),
      ],
    }
  }
}

function partitionsOf(topics: Request['topics'], { defaultPartitions }: PartitionPlanner): number {
  let sum = 0
  for (const { assignments, numPartitions } of topics) {
    if (assignments.length > 0) sum += assignments.length
    else sum += numPartitions === -1 ? defaultPartitions : Math.max(numPartitions, 0)
  }
  return sum
}

const excessive = (): Refusal =>
  refuse(errorCode.POLICY_VIOLATION, 'Excessively large number of partitions per request.')

const resultOf = (name: string, refusal: Refusal | undefined): Response['topics'][number] => ({
  name,
  errorCode: refusal?.errorCode ?? errorCode.NONE,
  errorMessage: refusal?.errorMessage ?? null,
})
