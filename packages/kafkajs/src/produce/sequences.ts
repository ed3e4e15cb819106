/** A producer id and its epoch, as the cluster gave it. Compared by identity: a new id is a new object. */
export interface ProducerIdentity {
  readonly id: bigint
  readonly epoch: number
}

/** Where one partition stands under one identity. Kept with the partition's queue; a fresh one has no identity. */
export interface PartitionSequence {
  identity: ProducerIdentity | undefined
  next: number
}

/** What a batch was numbered with. The same bytes go out under it until its outcome is known. */
export interface BatchNumber {
  readonly identity: ProducerIdentity
  readonly baseSequence: number
}

/** Sequences are INT32; 2147483647 is followed by 0. */
const SEQUENCES = 2 ** 31

/** Numbers the next batch of a partition. Under an identity that is new to the partition it begins at 0. */
export function claimSequence(state: PartitionSequence, identity: ProducerIdentity, records: number): BatchNumber {
  if (state.identity !== identity) {
    state.identity = identity
    state.next = 0
  }
  const baseSequence = state.next
  state.next = (baseSequence + records) % SEQUENCES
  return { identity, baseSequence }
}

/**
 * Takes a number back so that other records may use it. Only for a batch that is certainly not in the log: another batch
 * under a used sequence would be taken for a duplicate and dropped (K25). Correct because one batch per partition is in flight.
 */
export function giveSequenceBack(state: PartitionSequence, number: BatchNumber): void {
  if (state.identity === number.identity) state.next = number.baseSequence
}
