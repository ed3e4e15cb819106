import type { Clock } from '../clock/clock.js'
import type { RequestBody, ResponseBody } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import type { Topic } from '../topics/topic.js'
import { refuseTopicName } from '../topics/topic-name.js'
import type { Topics } from '../topics/topics.js'
import type { RequestHandler } from './answer.js'

type Request = RequestBody<'Metadata'>
type Response = ResponseBody<'Metadata'>
type TopicAnswer = Response['topics'][number]

export interface MetadataDeps {
  readonly topics: Pick<Topics, 'all' | 'find' | 'create'>
  readonly clock: Clock
  readonly nodeId: number
  readonly clusterId: string
  /** Where clients reach this node: known once it listens. */
  address(): { host: string; port: number }
  readonly autoCreateTopics: boolean
  readonly defaultPartitions: number
}

/** Bits of the ACL operations that a topic and a cluster have: without an authorizer, everybody may do all of them. */
const allTopicOperations = bits(3, 4, 5, 6, 7, 8, 10, 11)
const allClusterOperations = bits(5, 7, 8, 9, 10, 11, 12)

/** Metadata: this node leads everything. */
export function createMetadataHandler(deps: MetadataDeps): RequestHandler<Request, Response> {
  const { topics, nodeId } = deps
  const createSoon = createLater(deps)

  const known = (topic: Topic, withOperations: boolean): TopicAnswer => ({
    errorCode: errorCode.NONE,
    name: topic.name,
    partitions: topic.partitions.map(({ index, log }) => ({
      errorCode: errorCode.NONE,
      partitionIndex: index,
      leaderId: nodeId,
      leaderEpoch: log.leaderEpoch,
      replicaNodes: [nodeId],
      isrNodes: [nodeId],
      offlineReplicas: [],
    })),
    ...(withOperations ? { topicAuthorizedOperations: allTopicOperations } : {}),
  })

  const unknown = (name: string, mayCreate: boolean, withOperations: boolean): TopicAnswer => {
    const refusal = refuseTopicName(name)
    // As in Kafka, the first answer is that it is not there.
    if (refusal === undefined && mayCreate && deps.autoCreateTopics) createSoon(name)
    return {
      errorCode: refusal?.errorCode ?? errorCode.UNKNOWN_TOPIC_OR_PARTITION,
      name,
      partitions: [],
      ...(withOperations ? { topicAuthorizedOperations: allTopicOperations } : {}),
    }
  }

  /** Those that are there come first. */
  const named = (names: readonly string[], request: Request): TopicAnswer[] => {
    const { allowAutoTopicCreation, includeTopicAuthorizedOperations } = request
    const answers: TopicAnswer[] = []
    const missing: TopicAnswer[] = []
    for (const name of names) {
      const topic = topics.find(name)
      if (topic === undefined) missing.push(unknown(name, allowAutoTopicCreation, includeTopicAuthorizedOperations))
      else answers.push(known(topic, includeTopicAuthorizedOperations))
    }
    return [...answers, ...missing]
  }

  return (request, { apiVersion, advertised }) => {
    const names = namesOf(request, apiVersion)
    const { host, port } = advertised ?? deps.address()
    return {
      brokers: [{ nodeId, host, port }],
      clusterId: deps.clusterId,
      controllerId: nodeId,
      topics:
        names === undefined
          ? topics.all().map((topic) => known(topic, request.includeTopicAuthorizedOperations))
          : named(names, request),
      ...(request.includeClusterAuthorizedOperations ? { clusterAuthorizedOperations: allClusterOperations } : {}),
    }
  }
}

/** Which topics are asked for, each once; undefined for all. An empty list means all in version 0 and none later. */
function namesOf({ topics }: Request, apiVersion: number): string[] | undefined {
  if (topics === null || (apiVersion === 0 && topics.length === 0)) return undefined
  return [...new Set(topics.map(({ name }) => name))]
}

function createLater({ topics, clock, defaultPartitions }: MetadataDeps): (name: string) => void {
  const underWay = new Set<string>()
  return (name) => {
    if (underWay.has(name)) return
    underWay.add(name)
    clock.after(0, () => {
      underWay.delete(name)
      // Refused where somebody else was first or the name collides: the next answer says so.
      topics.create({ name, partitions: defaultPartitions })
    })
  }
}

function bits(...positions: number[]): number {
  return positions.reduce((sum, position) => sum | (1 << position), 0)
}
