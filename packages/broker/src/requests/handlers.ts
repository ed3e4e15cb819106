import type { Clock } from '../clock/clock.js'
import type { GroupCoordinator } from '../groups/group-coordinator.js'
import type { ApiName, RequestBody, ResponseBody } from '../protocol/apis.js'
import type { Topics } from '../topics/topics.js'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import { createAcls, deleteAcls, describeAcls } from './acls.js'
import { createAddOffsetsToTxnHandler } from './add-offsets-to-txn.js'
import { createAddPartitionsToTxnHandler } from './add-partitions-to-txn.js'
import { createAlterConfigsHandler } from './alter-configs.js'
import type { RequestHandler } from './answer.js'
import { apiVersions } from './api-versions.js'
import type { BrokerConfigs } from './broker-configs.js'
import { createCreatePartitionsHandler } from './create-partitions.js'
import { createCreateTopicsHandler } from './create-topics.js'
import { createDeleteGroupsHandler } from './delete-groups.js'
import { createDeleteRecordsHandler } from './delete-records.js'
import { createDeleteTopicsHandler } from './delete-topics.js'
import { createDescribeConfigsHandler } from './describe-configs.js'
import { createDescribeGroupsHandler } from './describe-groups.js'
import { createDescribeTransactionsHandler } from './describe-transactions.js'
import { createEndTxnHandler } from './end-txn.js'
import { createFetchHandler } from './fetch.js'
import { createFindCoordinatorHandler } from './find-coordinator.js'
import { createHeartbeatHandler } from './heartbeat.js'
import { createIncrementalAlterConfigsHandler } from './incremental-alter-configs.js'
import { createInitProducerIdHandler } from './init-producer-id.js'
import { createJoinGroupHandler } from './join-group.js'
import { createLeaveGroupHandler } from './leave-group.js'
import { createListGroupsHandler } from './list-groups.js'
import { createListOffsetsHandler } from './list-offsets.js'
import { createListTransactionsHandler } from './list-transactions.js'
import { createMetadataHandler } from './metadata.js'
import { createOffsetCommitHandler } from './offset-commit.js'
import { createOffsetDeleteHandler } from './offset-delete.js'
import { createOffsetFetchHandler } from './offset-fetch.js'
import { createProduceHandler } from './produce.js'
import { saslAuthenticate, saslHandshake } from './sasl.js'
import { createSyncGroupHandler } from './sync-group.js'
import { createTxnOffsetCommitHandler } from './txn-offset-commit.js'

/** By Kafka's name of the API. One that is missing closes the connection, as an API that is not offered does. */
export type Handlers = { readonly [N in ApiName]?: RequestHandler<RequestBody<N>, ResponseBody<N>> }

export interface HandlerParts {
  readonly topics: Topics
  readonly groups: GroupCoordinator
  readonly transactions: TransactionCoordinator
  readonly clock: Clock
  readonly nodeId: number
  readonly clusterId: string
  readonly autoCreateTopics: boolean
  readonly defaultPartitions: number
  readonly brokerConfigs: BrokerConfigs
  hasPartition(topic: string, partition: number): boolean
  address(): { host: string; port: number }
}

/** Every API that this broker answers, with what it needs. */
export function createHandlers(parts: HandlerParts): Handlers {
  return { ...recordHandlers(parts), ...adminHandlers(parts), ...groupHandlers(parts), ...transactionHandlers(parts) }
}

const recordHandlers = (parts: HandlerParts): Handlers => ({
  Produce: createProduceHandler(parts),
  Fetch: createFetchHandler(parts),
  ListOffsets: createListOffsetsHandler(parts),
  DeleteRecords: createDeleteRecordsHandler(parts),
})

function adminHandlers(parts: HandlerParts): Handlers {
  const nodeIds = [parts.nodeId]
  return {
    ApiVersions: apiVersions,
    Metadata: createMetadataHandler(parts),
    CreateTopics: createCreateTopicsHandler({ ...parts, nodeIds }),
    DeleteTopics: createDeleteTopicsHandler(parts),
    CreatePartitions: createCreatePartitionsHandler({ ...parts, nodeIds }),
    DescribeConfigs: createDescribeConfigsHandler(parts),
    AlterConfigs: createAlterConfigsHandler(parts),
    IncrementalAlterConfigs: createIncrementalAlterConfigsHandler(parts),
    DescribeAcls: describeAcls,
    CreateAcls: createAcls,
    DeleteAcls: deleteAcls,
    SaslHandshake: saslHandshake,
    SaslAuthenticate: saslAuthenticate,
  }
}

const groupHandlers = (parts: HandlerParts): Handlers => ({
  FindCoordinator: createFindCoordinatorHandler(parts),
  JoinGroup: createJoinGroupHandler(parts),
  SyncGroup: createSyncGroupHandler(parts),
  Heartbeat: createHeartbeatHandler(parts),
  LeaveGroup: createLeaveGroupHandler(parts),
  OffsetCommit: createOffsetCommitHandler(parts),
  OffsetFetch: createOffsetFetchHandler(parts),
  OffsetDelete: createOffsetDeleteHandler(parts),
  DescribeGroups: createDescribeGroupsHandler(parts),
  ListGroups: createListGroupsHandler(parts),
  DeleteGroups: createDeleteGroupsHandler(parts),
})

const transactionHandlers = (parts: HandlerParts): Handlers => ({
  InitProducerId: createInitProducerIdHandler(parts),
  AddPartitionsToTxn: createAddPartitionsToTxnHandler(parts),
  AddOffsetsToTxn: createAddOffsetsToTxnHandler(parts),
  EndTxn: createEndTxnHandler(parts),
  TxnOffsetCommit: createTxnOffsetCommitHandler(parts),
  DescribeTransactions: createDescribeTransactionsHandler(parts),
  ListTransactions: createListTransactionsHandler(parts),
})
