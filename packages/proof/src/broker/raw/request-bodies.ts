/** The requests that scripts send most, with what they leave out filled in as a client would. */
import type { Asked } from './raw-connection.js'

interface ProduceParts {
  readonly partition?: number
  readonly acks?: number
  readonly transactionalId?: string | null
}

export const produceTo = (
  topic: string,
  records: Buffer | null,
  { partition = 0, acks = -1, transactionalId = null }: ProduceParts = {},
): Asked<'Produce'> => ({
  transactionalId,
  acks,
  timeoutMs: 5_000,
  topicData: [{ name: topic, partitionData: [{ index: partition, records }] }],
})

interface FetchParts {
  readonly partition?: number
  readonly maxWaitMs?: number
  readonly minBytes?: number
  readonly maxBytes?: number
  readonly partitionMaxBytes?: number
  readonly readCommitted?: boolean
  readonly currentLeaderEpoch?: number
}

const mebibyte = 1024 ** 2

/** Answered at once unless it says otherwise. */
export const fetchFrom = (topic: string, fetchOffset: bigint, o: FetchParts = {}): Asked<'Fetch'> => ({
  ...fetchLimits(o),
  topics: [{ topic, partitions: [fetchPartition(o.partition ?? 0, fetchOffset, o)] }],
})

export const fetchLimits = ({
  maxWaitMs = 0,
  minBytes = 1,
  maxBytes = mebibyte,
  readCommitted = false,
}: FetchParts = {}) => ({
  maxWaitMs,
  minBytes,
  maxBytes,
  isolationLevel: readCommitted ? 1 : 0,
})

export const fetchPartition = (
  partition: number,
  fetchOffset: bigint,
  { partitionMaxBytes = mebibyte, currentLeaderEpoch = -1 }: FetchParts = {},
) => ({ partition, fetchOffset, partitionMaxBytes, currentLeaderEpoch })

interface ListParts {
  readonly partition?: number
  readonly readCommitted?: boolean
  readonly currentLeaderEpoch?: number
}

export const listAt = (
  topic: string,
  timestamp: bigint | number,
  { partition = 0, readCommitted = false, currentLeaderEpoch = -1 }: ListParts = {},
): Asked<'ListOffsets'> => ({
  replicaId: -1,
  isolationLevel: readCommitted ? 1 : 0,
  topics: [
    { name: topic, partitions: [{ partitionIndex: partition, timestamp: BigInt(timestamp), currentLeaderEpoch }] },
  ],
})

interface TopicParts {
  readonly partitions?: number
  readonly replicas?: number
  readonly configs?: Readonly<Record<string, string | null>>
  readonly assignments?: readonly (readonly number[])[]
}

export const newTopic = (
  name: string,
  { partitions = 1, replicas = 1, configs = {}, assignments = [] }: TopicParts = {},
) => ({
  name,
  numPartitions: partitions,
  replicationFactor: replicas,
  assignments: assignments.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
  configs: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
})

export const createTopics = (
  topics: readonly ReturnType<typeof newTopic>[],
  { validateOnly = false }: { readonly validateOnly?: boolean } = {},
): Asked<'CreateTopics'> => ({ topics, timeoutMs: 10_000, validateOnly })

interface CommitParts {
  readonly generation?: number
  readonly member?: string
  readonly instance?: string | null
  readonly partition?: number
  readonly metadata?: string | null
}

export const commitOf = (
  groupId: string,
  topic: string,
  offset: bigint | number,
  o: CommitParts = {},
): Asked<'OffsetCommit'> => ({
  groupId,
  generationIdOrMemberEpoch: o.generation ?? -1,
  memberId: o.member ?? '',
  groupInstanceId: o.instance ?? null,
  topics: [
    {
      name: topic,
      partitions: [
        {
          partitionIndex: o.partition ?? 0,
          committedOffset: BigInt(offset),
          committedMetadata: o.metadata === undefined ? '' : o.metadata,
        },
      ],
    },
  ],
})

export const offsetsOf = (
  groupId: string,
  topic: string | null,
  {
    partitions = [0],
    requireStable = false,
  }: { readonly partitions?: readonly number[]; readonly requireStable?: boolean } = {},
): Asked<'OffsetFetch'> => ({
  groupId,
  topics: topic === null ? null : [{ name: topic, partitionIndexes: partitions }],
  requireStable,
})

interface JoinParts {
  readonly member?: string
  readonly instance?: string | null
  readonly sessionMs?: number
  readonly rebalanceMs?: number
  readonly type?: string
  readonly protocols?: readonly string[]
  readonly metadata?: string | Buffer
}

export const joinOf = (groupId: string, o: JoinParts = {}): Asked<'JoinGroup'> => ({
  groupId,
  sessionTimeoutMs: o.sessionMs ?? 30_000,
  rebalanceTimeoutMs: o.rebalanceMs ?? 30_000,
  memberId: o.member ?? '',
  groupInstanceId: o.instance ?? null,
  protocolType: o.type ?? 'consumer',
  protocols: (o.protocols ?? ['range']).map((name) => ({ name, metadata: bytesOf(o.metadata ?? 'm') })),
})

const bytesOf = (given: string | Buffer): Buffer => (typeof given === 'string' ? Buffer.from(given) : given)

interface MemberParts {
  readonly member: string
  readonly generation: number
  readonly instance?: string | null
}

export const syncOf = (
  groupId: string,
  { member, generation, instance = null }: MemberParts,
  assignments: Readonly<Record<string, string>> = {},
): Asked<'SyncGroup'> => ({
  groupId,
  generationId: generation,
  memberId: member,
  groupInstanceId: instance,
  assignments: Object.entries(assignments).map(([memberId, text]) => ({ memberId, assignment: Buffer.from(text) })),
})

export const heartbeatOf = (
  groupId: string,
  { member, generation, instance = null }: MemberParts,
): Asked<'Heartbeat'> => ({
  groupId,
  generationId: generation,
  memberId: member,
  groupInstanceId: instance,
})

export const leaveOf = (groupId: string, memberId: string, instance: string | null = null): Asked<'LeaveGroup'> => ({
  groupId,
  memberId,
  members: [{ memberId, groupInstanceId: instance }],
})
