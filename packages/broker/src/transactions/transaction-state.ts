/** A producer as it names itself in every request: a higher epoch of the same id shuts out the lower ones. */
export interface ProducerIdentity {
  readonly producerId: bigint
  readonly producerEpoch: number
}

export interface TransactionPartition {
  readonly topic: string
  readonly partition: number
}

/** Kafka's names. In the two `Prepare` states the outcome is decided and the markers are still to be written. */
export type TransactionStatus =
  | 'Empty'
  | 'Ongoing'
  | 'PrepareCommit'
  | 'PrepareAbort'
  | 'CompleteCommit'
  | 'CompleteAbort'

/** What the coordinator knows of one transactional id. Never changed in place. */
export interface TransactionState extends ProducerIdentity {
  readonly transactionalId: string
  readonly status: TransactionStatus
  /** The id before the latest change of state, so that a repeated request that exhausted it is still recognised. */
  readonly previousProducerId: bigint
  /** The epoch that the producer itself raised last; -1 where another producer did. */
  readonly lastProducerEpoch: number
  /** The id that follows once the markers are written, where the fenced epoch was the last one; else -1. */
  readonly nextProducerId: bigint
  readonly timeoutMs: number
  /** The epoch under which the latest transaction was written: below the present one where it is aborted to fence its producer. */
  readonly writerEpoch: number
  /** When the latest transaction began; undefined where a producer has got the id anew since. */
  readonly startedAt: number | undefined
  readonly updatedAt: number
  /** Partitions by topic, in the order in which they were added. */
  readonly partitions: ReadonlyMap<string, ReadonlySet<number>>
  /** The groups whose offsets belong to the transaction. */
  readonly groups: ReadonlySet<string>
}

export const noProducerId = -1n
export const noProducerEpoch = -1
/** Epochs are int16. The largest one is given to nobody, so that whoever holds the one below can still be fenced. */
export const largestEpoch = 32_767
const largestGivenEpoch = largestEpoch - 1

export const isEpochExhausted = (producerEpoch: number): boolean => producerEpoch >= largestGivenEpoch

/** The window in which everybody is told to come back: CONCURRENT_TRANSACTIONS (51). */
export const isEnding = ({ status }: TransactionState): boolean =>
  status === 'PrepareCommit' || status === 'PrepareAbort'

/** An id as it is before its first epoch is given out. */
export function newTransactionState(
  transactionalId: string,
  { producerId, timeoutMs, now }: { producerId: bigint; timeoutMs: number; now: number },
): TransactionState {
  return {
    transactionalId,
    status: 'Empty',
    producerId,
    producerEpoch: noProducerEpoch,
    previousProducerId: noProducerId,
    lastProducerEpoch: noProducerEpoch,
    nextProducerId: noProducerId,
    writerEpoch: noProducerEpoch,
    timeoutMs,
    startedAt: undefined,
    updatedAt: now,
    ...nothingAdded,
  }
}

export const nothingAdded: Pick<TransactionState, 'partitions' | 'groups'> = {
  partitions: new Map(),
  groups: new Set(),
}

export type StateChange = Partial<Omit<TransactionState, 'transactionalId' | 'previousProducerId' | 'updatedAt'>>

/** Every change of state goes through here. */
export const changed = (state: TransactionState, change: StateChange, now: number): TransactionState => ({
  ...state,
  previousProducerId: state.producerId,
  updatedAt: now,
  ...change,
})
