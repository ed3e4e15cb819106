/**
 * What a log and a group ask the coordinator before they take something of a transaction. Every answer is one that the oldest
 * clients understand: a fenced producer is 47 here in every version.
 */
import { errorCode } from '../protocol/error-codes.js'
import { isEnding, type ProducerIdentity, type TransactionPartition, type TransactionState } from './transaction-state.js'

interface Write extends ProducerIdentity, TransactionPartition {
  /** Whether the partition's log holds open records of this producer id. */
  readonly isOpenInLog: () => boolean
}

/** For a transactional batch. */
export function verifyWrite(state: TransactionState | undefined, write: Write): number {
  if (state === undefined) return errorCode.INVALID_PRODUCER_ID_MAPPING
  const code = refusalOf(state, write, state.partitions.get(write.topic)?.has(write.partition) === true)
  if (code === errorCode.NONE || (isOfTheOpenEpoch(state, write) && write.isOpenInLog())) return errorCode.NONE
  // Versions of Produce that don't begin transactions by themselves are told something that every client retries.
  return code === errorCode.CONCURRENT_TRANSACTIONS ? errorCode.NOT_ENOUGH_REPLICAS : code
}

/** For offsets that a transaction brings to a group. */
export function verifyOffsets(state: TransactionState | undefined, producer: ProducerIdentity, groupId: string): number {
  if (state === undefined) return errorCode.INVALID_PRODUCER_ID_MAPPING
  return refusalOf(state, producer, state.groups.has(groupId))
}

function refusalOf(state: TransactionState, { producerId, producerEpoch }: ProducerIdentity, isAdded: boolean): number {
  if (producerId !== state.producerId) return errorCode.INVALID_PRODUCER_ID_MAPPING
  if (producerEpoch !== state.producerEpoch) return errorCode.INVALID_PRODUCER_EPOCH
  if (isEnding(state)) return errorCode.CONCURRENT_TRANSACTIONS
  return isAdded ? errorCode.NONE : errorCode.INVALID_TXN_STATE
}

/**
 * A log that already holds open records of this very epoch asks nobody: a late batch joins them until the marker is there, whatever
 * the outcome. Where the transaction is aborted under the next epoch, its records have the one before.
 */
function isOfTheOpenEpoch(state: TransactionState, { producerId, producerEpoch }: ProducerIdentity): boolean {
  if (producerId !== state.producerId || !isEnding(state)) return false
  return producerEpoch === state.producerEpoch || producerEpoch === state.producerEpoch - 1
}
