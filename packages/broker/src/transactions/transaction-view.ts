import type { TransactionPartition, TransactionState, TransactionStatus } from './transaction-state.js'

/** A transactional id as tests and the command see it. */
export interface TransactionView {
  readonly transactionalId: string
  readonly status: TransactionStatus
  readonly producerId: bigint
  readonly producerEpoch: number
  readonly timeoutMs: number
  /** When the latest transaction began, in milliseconds since the epoch; undefined where a producer has got the id anew since. */
  readonly startedAt: number | undefined
  readonly partitions: readonly TransactionPartition[]
  readonly groups: readonly string[]
  /** Whether a hold keeps its markers, or would if there were any. */
  readonly isHeld: boolean
}

export function viewOf(state: TransactionState, isHeld: boolean): TransactionView {
  const { transactionalId, status, producerId, producerEpoch, timeoutMs, startedAt } = state
  const partitions = [...state.partitions].flatMap(([topic, own]) =>
    [...own].map((partition) => ({ topic, partition })),
  )
  const groups = [...state.groups]
  return { transactionalId, status, producerId, producerEpoch, timeoutMs, startedAt, partitions, groups, isHeld }
}
