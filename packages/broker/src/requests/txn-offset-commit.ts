import { type TopicVerdicts, verdictsPerPartition, withCode } from '../groups/partition-verdicts.js'
import { errorCode } from '../protocol/error-codes.js'
import type { txnOffsetCommitRequest, txnOffsetCommitResponse } from '../protocol/messages/txn-offset-commit.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof txnOffsetCommitRequest>
type AskedPartition = Request['topics'][number]['partitions'][number]
type AskedTopics = readonly { readonly name: string; readonly partitions: readonly AskedPartition[] }[]
type Response = Encodable<typeof txnOffsetCommitResponse>

/** What a transaction would commit for a group; the group decides whether this member may (version 3 and later name it). */
export interface OffsetsToStage {
  readonly groupId: string
  readonly memberId: string
  readonly generationId: number
  readonly groupInstanceId: string | null
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly topics: AskedTopics
}

/**
 * The offsets wait for the outcome of the transaction. Partitions that don't exist are answered first; the others are first checked
 * against the transaction, then by the group.
 */
export function createTxnOffsetCommitHandler(deps: {
  transactions: Pick<TransactionCoordinator, 'verifyOffsets'>
  groups: { stageOffsets(offsets: OffsetsToStage): TopicVerdicts[] }
  hasPartition(topic: string, partition: number): boolean
}): RequestHandler<Request, Response> {
  return ({ transactionalId, topics, ...rest }) => {
    const code =
      rest.groupId === ''
        ? errorCode.INVALID_GROUP_ID
        : deps.transactions.verifyOffsets(transactionalId, rest, rest.groupId)
    const judge = (known: AskedTopics): TopicVerdicts[] =>
      code === errorCode.NONE
        ? deps.groups.stageOffsets({ ...rest, topics: known })
        : known.map(({ name, partitions }) => ({ name, partitions: withCode(partitions, code) }))
    return { topics: verdictsPerPartition(topics, deps.hasPartition, judge) }
  }
}
