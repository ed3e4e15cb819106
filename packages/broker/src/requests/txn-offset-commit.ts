import type { OffsetsToStage } from '../groups/commit-offsets.js'
import type { GroupCoordinator } from '../groups/group-coordinator.js'
import { type TopicVerdicts, verdictsPerPartition, withCode } from '../groups/partition-verdicts.js'
import { errorCode } from '../protocol/error-codes.js'
import type { txnOffsetCommitRequest, txnOffsetCommitResponse } from '../protocol/messages/txn-offset-commit.js'
import type { Decoded, Encodable } from '../protocol/schema.js'
import type { TransactionCoordinator } from '../transactions/transaction-coordinator.js'
import type { RequestHandler } from './answer.js'

type Request = Decoded<typeof txnOffsetCommitRequest>
type Response = Encodable<typeof txnOffsetCommitResponse>

/**
 * The offsets wait for the outcome of the transaction. Partitions that don't exist are answered first; the others are first checked
 * against the transaction, then by the group.
 */
export function createTxnOffsetCommitHandler(deps: {
  transactions: Pick<TransactionCoordinator, 'verifyOffsets'>
  groups: Pick<GroupCoordinator, 'stageOffsets'>
  hasPartition: (topic: string, partition: number) => boolean
}): RequestHandler<Request, Response> {
  return ({ transactionalId, topics, ...rest }) => {
    const code =
      rest.groupId === ''
        ? errorCode.INVALID_GROUP_ID
        : deps.transactions.verifyOffsets(transactionalId, rest, rest.groupId)
    const judge = (known: OffsetsToStage['topics']): TopicVerdicts[] =>
      code === errorCode.NONE
        ? deps.groups.stageOffsets({ ...rest, topics: known })
        : known.map(({ name, partitions }) => ({ name, partitions: withCode(partitions, code) }))
    return { topics: verdictsPerPartition(topics, deps.hasPartition, judge) }
  }
}
