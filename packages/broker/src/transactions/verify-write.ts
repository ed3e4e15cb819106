/**
 * What a log and a group ask the coordinator before they take something of a transaction. Every answer is one that the oldest
 * clients understand: a fenced producer is 47 here in every version.
 */
import { errorCode } from '../protocol/error-codes.js'
import {
  isEnding,
  type ProducerIdentity,
  type TransactionPartition,
  type TransactionState,
} from './transaction-state.js'

interface Write extends ProducerIdentity, TransactionPartition {
  /** Whether the partition's log holds open records of this producer id. */
  readonly isOpenInLog: () => boolean
}

/** For a transactional batch. */
export function verifyWrite(state: TransactionState | undefined, write: Write): number {
  if (state === undefined) return errorCode.INVALID_PRODUCER_ID_MAPPING
  const code = refusalOf(state, write, state.partitions.get(write.topic)?.has(write.partition) === true)
  if (isOfTheOpenEpoch(state, write) && write.isOpenInLog()) return errorCode.NONE
  // Versions of Produce that don't begin transactions by themselves are told something that every client retries.
  return code === errorCode.CONCURRENT_TRANSACTIONS ? errorCode.NOT_ENOUGH_REPLICAS : code
}

interface Offsets extends ProducerIdentity {
  readonly groupId: string
  /** Whether offsets of this producer id wait in the group. */
  readonly isPendingInGroup: () => boolean
}

/** For offsets that a transaction brings to a group. */
export function verifyOffsets(state: TransactionState | undefined, offsets: Offsets): number {
  if (state === undefined) return errorCode.INVALID_PRODUCER_ID_MAPPING
  const code = refusalOf(state, offsets, state.groups.has(offsets.groupId))
  return isOfTheOpenEpoch(state, offsets) && offsets.isPendingInGroup() ? errorCode.NONE : code
}

function refusalOf(state: TransactionState, { producerId, producerEpoch }: ProducerIdentity, isAdded: boolean): number {
  if (producerId !== state.producerId) return errorCode.INVALID_PRODUCER_ID_MAPPING
  if (producerEpoch !== state.producerEpoch) return errorCode.INVALID_PRODUCER_EPOCH
  if (isEnding(state)) return errorCode.CONCURRENT_TRANSACTIONS
  return isAdded ? errorCode.NONE : errorCode.INVALID_TXN_STATE
}

/**
 * Who already holds something open of this very epoch asks nobody: late records and offsets join it until the marker is there,
 * whatever the outcome.
 */
function isOfTheOpenEpoch(state: TransactionState, { producerId, producerEpoch }: ProducerIdentity): boolean {
  return isEnding(state) && producerId === state.producerId && producerEpoch === state.writerEpoch
}
