import type { Clock } from '../clock/clock.js'
import type { BrokerEvent } from '../observe/broker-events.js'
import { errorCode } from '../protocol/error-codes.js'
import type { GroupConfig } from './group-config.js'
import type { MemberClaim } from './group-event.js'
import type { OffsetToStore } from './group-offsets.js'
import type { GroupRuntime, HostedGroup } from './group-runtime.js'
import { type TopicVerdicts, verdictsPerPartition, withCode } from './partition-verdicts.js'

export interface PartitionToCommit {
  readonly partitionIndex: number
  readonly committedOffset: bigint
  readonly committedLeaderEpoch: number
  readonly committedMetadata: string | null
}

export interface TopicToCommit {
  readonly name: string
  readonly partitions: readonly PartitionToCommit[]
}

export interface OffsetsToCommit extends MemberClaim {
  readonly groupId: string
  readonly generationId: number
  readonly topics: readonly TopicToCommit[]
  /** Of versions 2 to 4; -1: the broker's retention. */
  readonly retentionTimeMs?: bigint
}

export interface OffsetsToStage extends OffsetsToCommit {
  readonly producerId: bigint
  readonly producerEpoch: number
}

export interface OffsetParts {
  readonly runtime: GroupRuntime
  readonly clock: Clock
  readonly config: GroupConfig
  readonly hasPartition: (topic: string, partition: number) => boolean
  readonly emit: (event: BrokerEvent) => void
}

/** OffsetCommit: what is accepted counts at once. */
export function commitOffsets(parts: OffsetParts, request: OffsetsToCommit): TopicVerdicts[] {
  return storeOffsets(parts, request, false, (group, accepted) => {
    for (const { topic, partition, value } of accepted) group.offsets.commit(topic, partition, value)
    const offsets = accepted.map(({ topic, partition, value }) => ({ topic, partition, offset: value.offset }))
    if (offsets.length > 0) parts.emit({ kind: 'offsets.committed', groupId: request.groupId, offsets })
  })
}

/**
 * TxnOffsetCommit: what is accepted counts once the transaction is committed. The group fences by generation and member from version
 * 3 on (KIP-447); before it the request carries neither, and anybody may.
 */
export function stageOffsets(parts: OffsetParts, request: OffsetsToStage): TopicVerdicts[] {
  return storeOffsets(parts, request, true, (group, accepted) => {
    for (const { topic, partition, value } of accepted) group.offsets.stage(request.producerId, topic, partition, value)
  })
}

/** A transaction is over for this group. */
export function endTransaction(parts: OffsetParts, groupId: string, producerId: bigint, committed: boolean): void {
  const ended = parts.runtime.find(groupId)?.offsets.end(producerId, committed) ?? []
  const offsets = ended.map(({ topic, partition, value }) => ({ topic, partition, offset: value.offset }))
  if (offsets.length > 0) parts.emit({ kind: 'offsets.committed', groupId, offsets })
}

type Accepted = { topic: string; partition: number; value: OffsetToStore }[]
type Store = (group: HostedGroup, accepted: Accepted) => void

function storeOffsets(
  parts: OffsetParts,
  request: OffsetsToCommit,
  isTransactional: boolean,
  store: Store,
): TopicVerdicts[] {
  return verdictsPerPartition(request.topics, parts.hasPartition, (topics) => {
    const group = groupToCommitTo(parts.runtime, request)
    const code =
      group === undefined ? errorCode.ILLEGAL_GENERATION : mayCommit(parts.runtime, group, request, isTransactional)
    if (group === undefined || code !== errorCode.NONE) {
      return topics.map(({ name, partitions }) => ({ name, partitions: withCode(partitions, code) }))
    }
    const accepted: Accepted = []
    const verdicts = topics.map(({ name, partitions }) => ({
      name,
      partitions: partitions.map((one) => {
        const isTooLarge = (one.committedMetadata?.length ?? 0) > parts.config.offsetMetadataMaxBytes
        if (!isTooLarge)
          accepted.push({ topic: name, partition: one.partitionIndex, value: offsetOf(parts, request, one) })
        const errorCodeOfOne = isTooLarge ? errorCode.OFFSET_METADATA_TOO_LARGE : errorCode.NONE
        return { partitionIndex: one.partitionIndex, errorCode: errorCodeOfOne }
      }),
    }))
    store(group, accepted)
    return verdicts
  })
}

/** A consumer that is in no group commits under a name of its own: the group is made for it. */
function groupToCommitTo(runtime: GroupRuntime, { groupId, generationId }: OffsetsToCommit): HostedGroup | undefined {
  return generationId < 0 ? runtime.findOrCreate(groupId) : runtime.find(groupId)
}

function mayCommit(
  runtime: GroupRuntime,
  group: HostedGroup,
  request: OffsetsToCommit,
  isTransactional: boolean,
): number {
  const { memberId, groupInstanceId, generationId: generation } = request
  const [code] = runtime.run(group, { kind: 'commit', memberId, groupInstanceId, generation, isTransactional })
  return code ?? errorCode.NONE
}

function offsetOf({ clock }: OffsetParts, { retentionTimeMs }: OffsetsToCommit, one: PartitionToCommit): OffsetToStore {
  const committedAt = clock.now()
  return {
    offset: one.committedOffset,
    leaderEpoch: one.committedLeaderEpoch,
    metadata: one.committedMetadata ?? '',
    committedAt,
    expiresAt: retentionTimeMs === undefined || retentionTimeMs === -1n ? null : committedAt + Number(retentionTimeMs),
  }
}
