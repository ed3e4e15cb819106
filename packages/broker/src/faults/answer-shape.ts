import type { ApiName } from '../protocol/apis.js'

/** Where an answer has its error codes. Without a list: at the top, and nowhere else. */
export interface AnswerShape {
  /** The list with a row per topic, group or what else the request lists; the row has the code unless it lists partitions. */
  readonly rows?: string
  readonly name?: string
  /** The list of a topic's row with a row per partition. */
  readonly partitions?: string
  readonly index?: string
  /** The list of the request that the rows answer one by one, where these are no topics. */
  readonly answers?: string
  /** Errors that Kafka answers once for the whole request, where it has a place for that besides the rows. */
  readonly atTop?: ReadonlySet<string>
}

const partitionIndexes = { rows: 'topics', name: 'name', partitions: 'partitions', index: 'partitionIndex' }
const ofGroup: ReadonlySet<string> = new Set([
  'COORDINATOR_LOAD_IN_PROGRESS',
  'COORDINATOR_NOT_AVAILABLE',
  'NOT_COORDINATOR',
  'INVALID_GROUP_ID',
  'GROUP_AUTHORIZATION_FAILED',
  'GROUP_ID_NOT_FOUND',
  'NON_EMPTY_GROUP',
  'UNKNOWN_MEMBER_ID',
  'ILLEGAL_GENERATION',
])
const ofSession: ReadonlySet<string> = new Set(['FETCH_SESSION_ID_NOT_FOUND', 'INVALID_FETCH_SESSION_EPOCH'])

export const answerShapes: { readonly [Api in ApiName]: AnswerShape } = {
  Produce: {
    rows: 'responses',
    name: 'name',
    partitions: 'partitionResponses',
    index: 'index',
  },
  Fetch: {
    rows: 'responses',
    name: 'topic',
    partitions: 'partitions',
    index: 'partitionIndex',
    atTop: ofSession,
  },
  ListOffsets: partitionIndexes,
  Metadata: {},
  OffsetCommit: partitionIndexes,
  OffsetFetch: { ...partitionIndexes, atTop: ofGroup },
  FindCoordinator: {},
  JoinGroup: {},
  Heartbeat: {},
  LeaveGroup: {},
  SyncGroup: {},
  DescribeGroups: { rows: 'groups', name: 'groupId', answers: 'groups' },
  ListGroups: {},
  SaslHandshake: {},
  ApiVersions: {},
  CreateTopics: { rows: 'topics', name: 'name' },
  DeleteTopics: { rows: 'responses', name: 'name' },
  DeleteRecords: partitionIndexes,
  InitProducerId: {},
  AddPartitionsToTxn: {
    rows: 'resultsByTopicV3AndBelow',
    name: 'name',
    partitions: 'resultsByPartition',
    index: 'partitionIndex',
  },
  AddOffsetsToTxn: {},
  EndTxn: {},
  TxnOffsetCommit: partitionIndexes,
  DescribeAcls: {},
  CreateAcls: { rows: 'results', answers: 'creations' },
  DeleteAcls: { rows: 'filterResults', answers: 'filters' },
  DescribeConfigs: { rows: 'results', name: 'resourceName' },
  AlterConfigs: { rows: 'responses', name: 'resourceName' },
  SaslAuthenticate: {},
  CreatePartitions: { rows: 'results', name: 'name' },
  DeleteGroups: { rows: 'results', name: 'groupId', answers: 'groupsNames' },
  IncrementalAlterConfigs: {
    rows: 'responses',
    name: 'resourceName',
  },
  OffsetDelete: { ...partitionIndexes, atTop: ofGroup },
  DescribeTransactions: { rows: 'transactionStates', name: 'transactionalId', answers: 'transactionalIds' },
  ListTransactions: {},
}
