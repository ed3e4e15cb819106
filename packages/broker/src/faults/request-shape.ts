import { type ApiName, apis } from '../protocol/apis.js'
import { type Fields, isFields, listIn, numberIn, textIn } from './fields.js'

/** Where a request says which group, transaction, topics and partitions it is about. */
interface RequestShape {
  /** The field with a group id, or with a list of them. */
  readonly group?: string
  readonly transactionalId?: string
  /** The field with the list of topics. */
  readonly topics?: string
  /** The field of a topic with its name; absent: the elements are the names. */
  readonly name?: string
  /** The field of a topic with its partitions; absent: the request is about whole topics. */
  readonly partitions?: string
  /** The field of a partition with its number; absent: the elements are the numbers. */
  readonly index?: string
}

const partitionIndexes = { topics: 'topics', name: 'name', partitions: 'partitions', index: 'partitionIndex' }

/** By Kafka's name of the API: the names of its fields. */
const requestShapes = {
  Produce: {
    transactionalId: 'transactionalId',
    topics: 'topicData',
    name: 'name',
    partitions: 'partitionData',
    index: 'index',
  },
  Fetch: { topics: 'topics', name: 'topic', partitions: 'partitions', index: 'partition' },
  ListOffsets: partitionIndexes,
  Metadata: { topics: 'topics', name: 'name' },
  OffsetCommit: { group: 'groupId', ...partitionIndexes },
  OffsetFetch: { group: 'groupId', topics: 'topics', name: 'name', partitions: 'partitionIndexes' },
  FindCoordinator: {},
  JoinGroup: { group: 'groupId' },
  Heartbeat: { group: 'groupId' },
  LeaveGroup: { group: 'groupId' },
  SyncGroup: { group: 'groupId' },
  DescribeGroups: { group: 'groups' },
  ListGroups: {},
  SaslHandshake: {},
  ApiVersions: {},
  CreateTopics: { topics: 'topics', name: 'name' },
  DeleteTopics: { topics: 'topicNames' },
  DeleteRecords: partitionIndexes,
  InitProducerId: { transactionalId: 'transactionalId' },
  AddPartitionsToTxn: {
    transactionalId: 'v3AndBelowTransactionalId',
    topics: 'v3AndBelowTopics',
    name: 'name',
    partitions: 'partitions',
  },
  AddOffsetsToTxn: { transactionalId: 'transactionalId', group: 'groupId' },
  EndTxn: { transactionalId: 'transactionalId' },
  TxnOffsetCommit: { transactionalId: 'transactionalId', group: 'groupId', ...partitionIndexes },
  DescribeAcls: {},
  CreateAcls: {},
  DeleteAcls: {},
  DescribeConfigs: { topics: 'resources', name: 'resourceName' },
  AlterConfigs: { topics: 'resources', name: 'resourceName' },
  SaslAuthenticate: {},
  CreatePartitions: { topics: 'topics', name: 'name' },
  DeleteGroups: { group: 'groupsNames' },
  IncrementalAlterConfigs: { topics: 'resources', name: 'resourceName' },
  OffsetDelete: { group: 'groupId', ...partitionIndexes },
  DescribeTransactions: {},
  ListTransactions: {},
} as const satisfies { readonly [Api in ApiName]: RequestShape }

export const isApiName = (name: unknown): name is ApiName => typeof name === 'string' && Object.hasOwn(apis, name)

export const apiNames: readonly ApiName[] = Object.keys(apis).filter(isApiName)

export const shapeOf = (api: string): RequestShape => (isApiName(api) ? requestShapes[api] : {})

/** One topic of a request, with what stands in it. */
export interface TopicRow {
  readonly name: string
  readonly row: unknown
  /** Undefined where the request is about the whole topic. */
  readonly partitions: readonly PartitionRow[] | undefined
}

export interface PartitionRow {
  readonly index: number
  readonly row: unknown
}

/** The topics of a request as they stand in it, also one that is named twice. */
export function topicRows(api: string, request: unknown): TopicRow[] {
  const shape = shapeOf(api)
  if (shape.topics === undefined) return []
  const { name: nameField, partitions, index } = shape
  return listIn(request, shape.topics).flatMap((row) => {
    const name = nameField === undefined ? row : textIn(row, nameField)
    if (typeof name !== 'string') return []
    return { name, row, partitions: partitions === undefined ? undefined : partitionRows(row, partitions, index) }
  })
}

function partitionRows(topic: unknown, list: string, field: string | undefined): PartitionRow[] {
  return listIn(topic, list).flatMap((row) => {
    const index = field === undefined ? row : numberIn(row, field)
    return typeof index === 'number' ? { index, row } : []
  })
}

/** Whether a null list of topics stands for all of them: Metadata and OffsetFetch. */
export const asksForAllTopics = (api: string, request: unknown): boolean =>
  (api === 'Metadata' || api === 'OffsetFetch') && isFields(request) && request['topics'] === null

/** The groups that a request names, one or several. */
export function groupsOf(api: string, request: unknown): readonly string[] {
  if (api === 'FindCoordinator') return coordinatorKey(request, 0)
  const { group } = shapeOf(api)
  if (group === undefined || !isFields(request)) return []
  const value = request[group]
  return (Array.isArray(value) ? value : [value]).filter((id): id is string => typeof id === 'string')
}

export function transactionalIdOf(api: string, request: unknown): string | undefined {
  if (api === 'FindCoordinator') return coordinatorKey(request, 1)[0]
  const { transactionalId } = shapeOf(api)
  return transactionalId === undefined ? undefined : textIn(request, transactionalId)
}

function coordinatorKey(request: unknown, keyType: 0 | 1): string[] {
  const key = textIn(request, 'key')
  return key !== undefined && numberIn(request, 'keyType') === keyType ? [key] : []
}

/** Whether requests of the API can fit a rule that names one of these at all. */
export function canName(api: ApiName, what: 'topic' | 'partition' | 'group' | 'transactionalId'): boolean {
  const shape = shapeOf(api)
  if (what === 'topic') return shape.topics !== undefined
  if (what === 'partition') return shape.partitions !== undefined || api === 'Metadata'
  return api === 'FindCoordinator' || shape[what] !== undefined
}

/** The same request with other topics in it. */
export function withTopics(api: string, request: unknown, topics: readonly unknown[]): Fields {
  const { topics: list } = shapeOf(api)
  return { ...(isFields(request) ? request : {}), ...(list === undefined ? {} : { [list]: topics }) }
}
