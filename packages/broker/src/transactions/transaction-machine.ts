/**
 * A transactional id, from one event to the next: no clock, no I/O.
 *
 * `Empty` after InitProducerId. The first partition or group that is added makes it `Ongoing`: that is the beginning, not the first
 * record. EndTxn decides the outcome: `PrepareCommit` or `PrepareAbort`, and the producer is answered at once. Until the markers are
 * written (`CompleteCommit`, `CompleteAbort`) whoever wants something is told to come back: 51. From there the same producer begins
 * its next transaction, and its EndTxn again is fine if it means the same outcome: there is no way to tell it from a repeated one.
 * A transaction that is too old, or whose id somebody else asks for, is aborted under the next epoch (`producer-epochs.ts`).
 */
import { errorCode } from '../protocol/error-codes.js'
import { abortUnderNextEpoch, initializeProducer } from './producer-epochs.js'
import {
  changed,
  isEnding,
  noProducerId,
  nothingAdded,
  type ProducerIdentity,
  type TransactionPartition,
  type TransactionState,
} from './transaction-state.js'
import { accepted, announce, refused, type TransactionEvent, type Transition } from './transition.js'

export function transition(state: TransactionState, event: TransactionEvent, now: number): Transition {
  switch (event.kind) {
    case 'initialize':
      return initializeProducer(state, event, now)
    case 'add':
      return add(state, event, now)
    case 'end':
      return end(state, event, now)
    case 'scan':
      return isTimedOut(state, now) ? expire(state, event.freshProducerId, now) : accepted(state)
    case 'marked':
      return isEnding(state) ? complete(state, now) : accepted(state)
    default:
      return unreachable(event)
  }
}

/** Later than the timeout, not at it, as Kafka's scan has it. */
export const isTimedOut = ({ status, startedAt, timeoutMs }: TransactionState, now: number): boolean =>
  status === 'Ongoing' && startedAt !== undefined && startedAt + timeoutMs < now

type AddEvent = Extract<TransactionEvent, { kind: 'add' }>

function add(state: TransactionState, { producer, partitions, groups }: AddEvent, now: number): Transition {
  // Before the identity: an epoch or id that is about to change must not fence the producer that will be given it.
  if (isEnding(state)) return refused(state, errorCode.CONCURRENT_TRANSACTIONS)
  const stranger = strangerCode(state, producer)
  if (stranger !== errorCode.NONE) return refused(state, stranger)

  const isOpen = state.status === 'Ongoing'
  const next = changed(
    state,
    {
      status: 'Ongoing',
      writerEpoch: state.producerEpoch,
      startedAt: isOpen ? state.startedAt : now,
      partitions: withPartitions(state.partitions, partitions),
      groups: groups.every((group) => state.groups.has(group)) ? state.groups : new Set([...state.groups, ...groups]),
    },
    now,
  )
  if (isOpen) return accepted(next)
  const { transactionalId, producerId, producerEpoch } = state
  return accepted(next, announce({ kind: 'transaction.begun', transactionalId, producerId, producerEpoch }))
}

type EndEvent = Extract<TransactionEvent, { kind: 'end' }>

function end(state: TransactionState, { producer, committed }: EndEvent, now: number): Transition {
  const stranger = strangerCode(state, producer)
  if (stranger !== errorCode.NONE) return refused(state, stranger)
  if (isEnding(state)) return refused(state, errorCode.CONCURRENT_TRANSACTIONS)
  if (state.status === 'Ongoing') {
    const ending = changed(state, { status: committed ? 'PrepareCommit' : 'PrepareAbort' }, now)
    return accepted(ending, { kind: 'write-markers' })
  }
  const isRepeated = state.status === (committed ? 'CompleteCommit' : 'CompleteAbort')
  return isRepeated ? accepted(state) : refused(state, errorCode.INVALID_TXN_STATE)
}

function expire(state: TransactionState, freshProducerId: bigint, now: number): Transition {
  const { transactionalId, producerId, producerEpoch } = state
  const { state: aborting, effects } = abortUnderNextEpoch(state, freshProducerId, now)
  const expired = announce({ kind: 'transaction.expired', transactionalId, producerId, producerEpoch })
  return accepted(aborting, ...effects, expired)
}

function complete(state: TransactionState, now: number): Transition {
  const { transactionalId, producerId, producerEpoch, nextProducerId } = state
  const committed = state.status === 'PrepareCommit'
  const hasNewId = nextProducerId !== noProducerId
  const done = changed(
    state,
    {
      ...nothingAdded,
      ...(hasNewId ? { producerId: nextProducerId, producerEpoch: 0, nextProducerId: noProducerId } : {}),
      status: committed ? 'CompleteCommit' : 'CompleteAbort',
    },
    now,
  )
  return accepted(done, announce({ kind: 'transaction.ended', transactionalId, producerId, producerEpoch, committed }))
}

/** Too new an epoch is as foreign as an old one. */
function strangerCode(state: TransactionState, { producerId, producerEpoch }: ProducerIdentity): number {
  if (producerId !== state.producerId) return errorCode.INVALID_PRODUCER_ID_MAPPING
  return producerEpoch === state.producerEpoch ? errorCode.NONE : errorCode.PRODUCER_FENCED
}

/** Copies only the topics that grow: a transaction may add its many partitions one by one. */
function withPartitions(
  before: TransactionState['partitions'],
  added: readonly TransactionPartition[],
): TransactionState['partitions'] {
  const grown = new Map<string, Set<number>>()
  for (const { topic, partition } of added) {
    if (before.get(topic)?.has(partition) === true) continue
    const partitions = grown.get(topic) ?? new Set(before.get(topic))
    grown.set(topic, partitions.add(partition))
  }
  return grown.size === 0 ? before : new Map([...before, ...grown])
}

function unreachable(event: never): never {
  throw new Error(`A transactional id knows no such event: ${String(event)}`)
}
