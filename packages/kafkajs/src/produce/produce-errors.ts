/**
 * What an error code of a Produce answer means. `stored` says whether the batch can be in the log all the same:
 * - `retry`: the same batch again, later
 * - `refused`: no such batch will ever be taken
 * - `too-large`, `record-refused`: a record of it is at fault; a batch of several is split to find which
 * - `duplicate`: it is in the log from an earlier try
 * - `sequence-fault`: the broker takes nothing more under this producer id and epoch: it and we disagree about the sequence, or a
 *   transaction is over; only a new id or epoch helps
 */
export interface ProduceFault {
  readonly name: string
  readonly meaning: 'retry' | 'refused' | 'too-large' | 'record-refused' | 'duplicate' | 'sequence-fault'
  readonly stored: 'no' | 'maybe'
  /** The leader we know may be the wrong one. */
  readonly isStaleLeader: boolean
}

const row = (
  name: string,
  meaning: ProduceFault['meaning'],
  stored: ProduceFault['stored'] = 'no',
  leader?: 'stale leader',
): ProduceFault => ({ name, meaning, stored, isStaleLeader: leader !== undefined })

/** Kafka's codes (clients, `Errors.java`) that a broker can answer to InitProducerId or Produce. */
const faults: ReadonlyMap<number, ProduceFault> = new Map([
  [2, row('CORRUPT_MESSAGE', 'retry')],
  [3, row('UNKNOWN_TOPIC_OR_PARTITION', 'retry', 'no', 'stale leader')],
  [5, row('LEADER_NOT_AVAILABLE', 'retry', 'no', 'stale leader')],
  // Also answered by a leader that loses its office while the batch waits for replicas: the next one may have it.
  [6, row('NOT_LEADER_OR_FOLLOWER', 'retry', 'maybe', 'stale leader')],
  [7, row('REQUEST_TIMED_OUT', 'retry', 'maybe', 'stale leader')],
  [8, row('BROKER_NOT_AVAILABLE', 'retry', 'no', 'stale leader')],
  [9, row('REPLICA_NOT_AVAILABLE', 'retry', 'no', 'stale leader')],
  [10, row('MESSAGE_TOO_LARGE', 'too-large')],
  [13, row('NETWORK_EXCEPTION', 'retry', 'maybe', 'stale leader')],
  [14, row('COORDINATOR_LOAD_IN_PROGRESS', 'retry')],
  [15, row('COORDINATOR_NOT_AVAILABLE', 'retry')],
  [16, row('NOT_COORDINATOR', 'retry', 'no', 'stale leader')],
  [17, row('INVALID_TOPIC_EXCEPTION', 'refused')],
  [18, row('RECORD_LIST_TOO_LARGE', 'too-large')],
  [19, row('NOT_ENOUGH_REPLICAS', 'retry')],
  [20, row('NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'retry', 'maybe')],
  [21, row('INVALID_REQUIRED_ACKS', 'refused')],
  [29, row('TOPIC_AUTHORIZATION_FAILED', 'refused')],
  [31, row('CLUSTER_AUTHORIZATION_FAILED', 'refused')],
  [32, row('INVALID_TIMESTAMP', 'record-refused')],
  [35, row('UNSUPPORTED_VERSION', 'refused')],
  [42, row('INVALID_REQUEST', 'refused')],
  [43, row('UNSUPPORTED_FOR_MESSAGE_FORMAT', 'refused')],
  [44, row('POLICY_VIOLATION', 'record-refused')],
  [45, row('OUT_OF_ORDER_SEQUENCE_NUMBER', 'sequence-fault')],
  [46, row('DUPLICATE_SEQUENCE_NUMBER', 'duplicate', 'maybe')],
  [47, row('INVALID_PRODUCER_EPOCH', 'sequence-fault')],
  [48, row('INVALID_TXN_STATE', 'sequence-fault')],
  [49, row('INVALID_PRODUCER_ID_MAPPING', 'sequence-fault')],
  [51, row('CONCURRENT_TRANSACTIONS', 'retry')],
  [53, row('TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'refused')],
  [56, row('KAFKA_STORAGE_ERROR', 'retry', 'maybe', 'stale leader')],
  [59, row('UNKNOWN_PRODUCER_ID', 'sequence-fault')],
  [72, row('LISTENER_NOT_FOUND', 'retry', 'no', 'stale leader')],
  [74, row('FENCED_LEADER_EPOCH', 'retry', 'no', 'stale leader')],
  [75, row('UNKNOWN_LEADER_EPOCH', 'retry', 'no', 'stale leader')],
  [76, row('UNSUPPORTED_COMPRESSION_TYPE', 'refused')],
  [87, row('INVALID_RECORD', 'record-refused')],
  [89, row('THROTTLING_QUOTA_EXCEEDED', 'retry')],
  [90, row('PRODUCER_FENCED', 'sequence-fault')],
  [120, row('TRANSACTION_ABORTABLE', 'sequence-fault')],
])

/** A code that is not in the table is repeated as an unknown outcome: the one reading of it that can lose nothing. */
export const produceFaultOf = (code: number): ProduceFault =>
  faults.get(code) ?? row(`error code ${code}`, 'retry', 'maybe', 'stale leader')

/** What was sent, as far as the decision needs it. */
export interface SentBatch {
  readonly records: number
  /** An earlier try of the same bytes may have reached the log. */
  readonly isInDoubt: boolean
}

export type BatchVerdict =
  | { readonly kind: 'stored' }
  | {
      readonly kind: 'repeat'
      readonly reason: string
      readonly isInDoubt: boolean
      readonly isStaleLeader: boolean
    }
  /** Certainly not stored: the same records may be numbered anew. */
  | { readonly kind: 'split' }
  | { readonly kind: 'renumber'; readonly reason: string }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'too-large' }
  /** The batch is one record, and the topic takes no such record. */
  | { readonly kind: 'record-invalid'; readonly reason: string }
  /** Can't be repeated any more, and may be stored. */
  | { readonly kind: 'unknown'; readonly reason: string }

/** What becomes of a batch for which its partition's leader answered this code. */
export function judgeBatch(code: number, { records, isInDoubt }: SentBatch): BatchVerdict {
  if (code === 0) return { kind: 'stored' }
  const { name, meaning, stored, isStaleLeader } = produceFaultOf(code)
  if (meaning === 'duplicate') return { kind: 'stored' }
  if (meaning === 'retry') {
    return { kind: 'repeat', reason: name, isInDoubt: isInDoubt || stored === 'maybe', isStaleLeader }
  }
  // A refusal speaks for this try only: rights and limits may have changed since the one whose answer was lost.
  if (isInDoubt) return { kind: 'unknown', reason: name }
  if (meaning === 'sequence-fault') return { kind: 'renumber', reason: name }
  if ((meaning === 'too-large' || meaning === 'record-refused') && records > 1) return { kind: 'split' }
  if (meaning === 'too-large') return { kind: 'too-large' }
  if (meaning === 'record-refused') return { kind: 'record-invalid', reason: name }
  return { kind: 'refused', reason: name }
}
