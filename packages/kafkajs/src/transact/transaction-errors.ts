/**
 * What an error code means for a transaction. The three classes, each with the two ways it comes in:
 *
 * Retry the call:
 * - `wait`: something of this producer is still being finished; ask again soon
 * - `retry`: ask the same node again
 * - `elsewhere`: ask again where the coordinator is now
 *
 * Abort and redeliver:
 * - `abort`: this transaction can't be committed; the next one may
 * - `refused`: the same, and only somebody who changes permissions or settings helps
 *
 * Rebuild the producer, because nobody knows what the broker has done, or because it takes nothing from this one any more:
 * - `rebuild`: initialise the id again
 * - `fenced-by-producer`: somebody else has its id, or the broker has aborted it for its time-out; the leases end
 * - `fenced-by-group`: the member has lost its partitions; the leases end. The producer itself is fine: its transaction is aborted
 */
export type TransactionVerdict =
  | 'wait'
  | 'retry'
  | 'elsewhere'
  | 'abort'
  | 'refused'
  | 'rebuild'
  | 'fenced-by-producer'
  | 'fenced-by-group'

export interface TransactionError {
  readonly name: string
  readonly verdict: TransactionVerdict
  /** The coordinator may have written its decision before it answered so: a repeated call is answered for both. */
  readonly applied: 'no' | 'maybe'
}

const row = (
  name: string,
  verdict: TransactionVerdict,
  applied: TransactionError['applied'] = 'no',
): TransactionError => ({ name, verdict, applied })

/**
 * Kafka's codes (clients, `Errors.java`) that a broker can answer to FindCoordinator, InitProducerId, AddPartitionsToTxn,
 * AddOffsetsToTxn, TxnOffsetCommit, EndTxn and the OffsetFetch behind them, and those of Produce that end a transaction (what a
 * batch does with a code is `produce-errors.ts`).
 */
const rows: ReadonlyMap<number, TransactionError> = new Map([
  [-1, row('UNKNOWN_SERVER_ERROR', 'rebuild', 'maybe')],
  [3, row('UNKNOWN_TOPIC_OR_PARTITION', 'retry')],
  [5, row('LEADER_NOT_AVAILABLE', 'retry')],
  [6, row('NOT_LEADER_OR_FOLLOWER', 'elsewhere', 'maybe')],
  [7, row('REQUEST_TIMED_OUT', 'elsewhere', 'maybe')],
  [8, row('BROKER_NOT_AVAILABLE', 'elsewhere')],
  [10, row('MESSAGE_TOO_LARGE', 'abort')],
  [12, row('OFFSET_METADATA_TOO_LARGE', 'abort')],
  [13, row('NETWORK_EXCEPTION', 'rebuild', 'maybe')],
  // Also answered to a decision that is in the log already, by a coordinator that loses its office and takes it up again meanwhile.
  [14, row('COORDINATOR_LOAD_IN_PROGRESS', 'retry', 'maybe')],
  // A coordinator whose write to its own log timed out, or that lost its office meanwhile, answers so as well.
  [15, row('COORDINATOR_NOT_AVAILABLE', 'elsewhere', 'maybe')],
  [16, row('NOT_COORDINATOR', 'elsewhere', 'maybe')],
  [17, row('INVALID_TOPIC_EXCEPTION', 'refused')],
  [18, row('RECORD_LIST_TOO_LARGE', 'abort')],
  [19, row('NOT_ENOUGH_REPLICAS', 'retry')],
  [20, row('NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'retry', 'maybe')],
  [22, row('ILLEGAL_GENERATION', 'fenced-by-group')],
  [24, row('INVALID_GROUP_ID', 'refused')],
  [25, row('UNKNOWN_MEMBER_ID', 'fenced-by-group')],
  // The group is between join and sync: who drains before it joins is not, so the next transaction tells more.
  [27, row('REBALANCE_IN_PROGRESS', 'abort')],
  [28, row('INVALID_COMMIT_OFFSET_SIZE', 'abort')],
  [29, row('TOPIC_AUTHORIZATION_FAILED', 'refused')],
  [30, row('GROUP_AUTHORIZATION_FAILED', 'refused')],
  [31, row('CLUSTER_AUTHORIZATION_FAILED', 'refused')],
  [32, row('INVALID_TIMESTAMP', 'abort')],
  [35, row('UNSUPPORTED_VERSION', 'refused')],
  [42, row('INVALID_REQUEST', 'refused')],
  [43, row('UNSUPPORTED_FOR_MESSAGE_FORMAT', 'refused')],
  [44, row('POLICY_VIOLATION', 'abort')],
  [45, row('OUT_OF_ORDER_SEQUENCE_NUMBER', 'rebuild')],
  [47, row('INVALID_PRODUCER_EPOCH', 'fenced-by-producer')],
  [48, row('INVALID_TXN_STATE', 'rebuild')],
  [49, row('INVALID_PRODUCER_ID_MAPPING', 'rebuild')],
  [50, row('INVALID_TRANSACTION_TIMEOUT', 'refused')],
  [51, row('CONCURRENT_TRANSACTIONS', 'wait')],
  [52, row('TRANSACTION_COORDINATOR_FENCED', 'elsewhere', 'maybe')],
  [53, row('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'refused')],
  // A neighbour in the same request failed.
  [55, row('OPERATION_NOT_ATTEMPTED', 'retry')],
  [56, row('KAFKA_STORAGE_ERROR', 'elsewhere', 'maybe')],
  [59, row('UNKNOWN_PRODUCER_ID', 'rebuild')],
  [69, row('GROUP_ID_NOT_FOUND', 'fenced-by-group')],
  [79, row('MEMBER_ID_REQUIRED', 'fenced-by-group')],
  [82, row('FENCED_INSTANCE_ID', 'fenced-by-group')],
  [87, row('INVALID_RECORD', 'abort')],
  [88, row('UNSTABLE_OFFSET_COMMIT', 'wait')],
  [89, row('THROTTLING_QUOTA_EXCEEDED', 'retry')],
  [90, row('PRODUCER_FENCED', 'fenced-by-producer')],
  [110, row('FENCED_MEMBER_EPOCH', 'fenced-by-group')],
  [113, row('STALE_MEMBER_EPOCH', 'fenced-by-group')],
  [120, row('TRANSACTION_ABORTABLE', 'abort')],
])

/** A code that is not in the table is indefinite: nobody can say what the broker has done. */
export const transactionErrorOf = (code: number): TransactionError =>
  rows.get(code) ?? row(`error code ${code}`, 'rebuild', 'maybe')

/** How much of the way back a verdict takes: of several answers, the gravest counts. */
const gravity: readonly TransactionVerdict[] = [
  'wait',
  'retry',
  'elsewhere',
  'abort',
  'refused',
  'fenced-by-group',
  'rebuild',
  'fenced-by-producer',
]

export const isGraver = (one: TransactionVerdict, other: TransactionVerdict): boolean =>
  gravity.indexOf(one) > gravity.indexOf(other)

/** Says nothing of its own: the partition that was at fault says why. */
const OPERATION_NOT_ATTEMPTED = 55

/** The code of an answer with many that counts; 0 where all is well. */
export function gravestOf(codes: Iterable<number>): number {
  let gravest = 0
  for (const code of codes) {
    if (code === 0) continue
    if (
      gravest === 0 ||
      gravest === OPERATION_NOT_ATTEMPTED ||
      isGraver(transactionErrorOf(code).verdict, transactionErrorOf(gravest).verdict)
    )
      gravest = code
  }
  return gravest
}
