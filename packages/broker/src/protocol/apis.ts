import * as tables from './messages/index.js'
import type { Decoded, Encodable, Message } from './schema.js'

export type VersionSpan = readonly [first: number, last: number]

export interface Api<Q extends Message = Message, S extends Message = Message> {
  readonly key: number
  /** Kafka's: `Fetch`. */
  readonly name: string
  /** What ApiVersions says. */
  readonly advertised: VersionSpan
  /** What is answered; any other version closes the connection. */
  readonly accepted: VersionSpan
  readonly request: Q
  readonly response: S
}

function api<Q extends Message, S extends Message>(
  request: Q,
  response: S,
  advertised: VersionSpan,
  accepted: VersionSpan = advertised,
): Api<Q, S> {
  if (request.apiKey === null) throw new TypeError(`${request.name} is no request`)
  const name = request.name.slice(0, -'Request'.length)
  return { key: request.apiKey, name, advertised, accepted, request, response }
}

/**
 * Every API that is offered: what a broker of 2.3 has, and newer versions where guards against zombies and unstable
 * offsets need them. Kafka 4 advertises Produce from 0 on but accepts it from 3 on: librdkafka looks for 0 (KAFKA-18659).
 */
export const apis = {
  Produce: api(tables.produceRequest, tables.produceResponse, [0, 8], [3, 8]),
  Fetch: api(tables.fetchRequest, tables.fetchResponse, [4, 11]),
  ListOffsets: api(tables.listOffsetsRequest, tables.listOffsetsResponse, [1, 7]),
  Metadata: api(tables.metadataRequest, tables.metadataResponse, [0, 8]),
  OffsetCommit: api(tables.offsetCommitRequest, tables.offsetCommitResponse, [2, 7]),
  OffsetFetch: api(tables.offsetFetchRequest, tables.offsetFetchResponse, [1, 7]),
  FindCoordinator: api(tables.findCoordinatorRequest, tables.findCoordinatorResponse, [0, 2]),
  JoinGroup: api(tables.joinGroupRequest, tables.joinGroupResponse, [0, 5]),
  Heartbeat: api(tables.heartbeatRequest, tables.heartbeatResponse, [0, 3]),
  LeaveGroup: api(tables.leaveGroupRequest, tables.leaveGroupResponse, [0, 3]),
  SyncGroup: api(tables.syncGroupRequest, tables.syncGroupResponse, [0, 3]),
  DescribeGroups: api(tables.describeGroupsRequest, tables.describeGroupsResponse, [0, 6]),
  ListGroups: api(tables.listGroupsRequest, tables.listGroupsResponse, [0, 5]),
  SaslHandshake: api(tables.saslHandshakeRequest, tables.saslHandshakeResponse, [0, 1]),
  ApiVersions: api(tables.apiVersionsRequest, tables.apiVersionsResponse, [0, 3]),
  CreateTopics: api(tables.createTopicsRequest, tables.createTopicsResponse, [2, 4]),
  DeleteTopics: api(tables.deleteTopicsRequest, tables.deleteTopicsResponse, [1, 3]),
  DeleteRecords: api(tables.deleteRecordsRequest, tables.deleteRecordsResponse, [0, 1]),
  InitProducerId: api(tables.initProducerIdRequest, tables.initProducerIdResponse, [0, 4]),
  AddPartitionsToTxn: api(tables.addPartitionsToTxnRequest, tables.addPartitionsToTxnResponse, [0, 2]),
  AddOffsetsToTxn: api(tables.addOffsetsToTxnRequest, tables.addOffsetsToTxnResponse, [0, 2]),
  EndTxn: api(tables.endTxnRequest, tables.endTxnResponse, [0, 2]),
  TxnOffsetCommit: api(tables.txnOffsetCommitRequest, tables.txnOffsetCommitResponse, [0, 3]),
  DescribeAcls: api(tables.describeAclsRequest, tables.describeAclsResponse, [1, 1]),
  CreateAcls: api(tables.createAclsRequest, tables.createAclsResponse, [1, 1]),
  DeleteAcls: api(tables.deleteAclsRequest, tables.deleteAclsResponse, [1, 1]),
  DescribeConfigs: api(tables.describeConfigsRequest, tables.describeConfigsResponse, [1, 3]),
  AlterConfigs: api(tables.alterConfigsRequest, tables.alterConfigsResponse, [0, 1]),
  SaslAuthenticate: api(tables.saslAuthenticateRequest, tables.saslAuthenticateResponse, [0, 1]),
  CreatePartitions: api(tables.createPartitionsRequest, tables.createPartitionsResponse, [0, 1]),
  DeleteGroups: api(tables.deleteGroupsRequest, tables.deleteGroupsResponse, [0, 1]),
  IncrementalAlterConfigs: api(tables.incrementalAlterConfigsRequest, tables.incrementalAlterConfigsResponse, [0, 0]),
  OffsetDelete: api(tables.offsetDeleteRequest, tables.offsetDeleteResponse, [0, 0]),
  DescribeTransactions: api(tables.describeTransactionsRequest, tables.describeTransactionsResponse, [0, 0]),
  ListTransactions: api(tables.listTransactionsRequest, tables.listTransactionsResponse, [0, 0]),
}

export type ApiName = keyof typeof apis
/** What a handler of an API reads. */
export type RequestBody<N extends ApiName> = Decoded<(typeof apis)[N]['request']>
/** What a handler of an API answers. */
export type ResponseBody<N extends ApiName> = Encodable<(typeof apis)[N]['response']>

const byKey: ReadonlyMap<number, Api> = new Map(Object.values(apis).map((each: Api) => [each.key, each]))

/** Undefined for a key that is not offered. */
export const findApi = (key: number): Api | undefined => byKey.get(key)

export const isAccepted = ({ accepted: [first, last] }: Api, version: number): boolean =>
  version >= first && version <= last
