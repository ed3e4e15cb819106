/**
 * The versions that the tables are generated for: what the broker offers, and a few more that only whoever compares answers
 * speaks (Produce 9, ApiVersions 4, EndTxn 5). Fields that are in none of them are left out.
 */
export const spokenVersions: Readonly<Record<string, readonly [first: number, last: number]>> = {
  Produce: [3, 9],
  Fetch: [4, 11],
  ListOffsets: [1, 7],
  Metadata: [0, 8],
  OffsetCommit: [2, 7],
  OffsetFetch: [1, 7],
  FindCoordinator: [0, 2],
  JoinGroup: [0, 5],
  Heartbeat: [0, 3],
  LeaveGroup: [0, 3],
  SyncGroup: [0, 3],
  DescribeGroups: [0, 6],
  ListGroups: [0, 5],
  SaslHandshake: [0, 1],
  ApiVersions: [0, 4],
  CreateTopics: [2, 4],
  DeleteTopics: [1, 3],
  DeleteRecords: [0, 1],
  InitProducerId: [0, 4],
  AddPartitionsToTxn: [0, 2],
  AddOffsetsToTxn: [0, 2],
  EndTxn: [0, 5],
  TxnOffsetCommit: [0, 3],
  DescribeAcls: [1, 1],
  CreateAcls: [1, 1],
  DeleteAcls: [1, 1],
  DescribeConfigs: [1, 3],
  AlterConfigs: [0, 1],
  SaslAuthenticate: [0, 1],
  CreatePartitions: [0, 1],
  DeleteGroups: [0, 1],
  IncrementalAlterConfigs: [0, 0],
  OffsetDelete: [0, 0],
  DescribeTransactions: [0, 0],
  ListTransactions: [0, 0],
}

/** What members tell each other inside JoinGroup and SyncGroup. */
export const spokenData: Readonly<Record<string, readonly [first: number, last: number]>> = {
  ConsumerProtocolSubscription: [0, 3],
  ConsumerProtocolAssignment: [0, 3],
}
