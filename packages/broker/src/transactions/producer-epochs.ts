/**
 * Who may write under a transactional id. Every InitProducerId raises the epoch by one and thereby fences whoever held the one
 * before. Over an open transaction that takes two steps: it is aborted under the next epoch, which nobody is ever given, and the
 * asker, told to come back (51), gets the one after. A producer that recovers by itself names its id and epoch (KIP-360): it is
 * raised by one, the same request again gets the same answer, and anybody else's id or epoch is fenced (90). After epoch 32766
 * comes a new producer id with epoch 0.
 */
import { errorCode } from '../protocol/error-codes.js'
import {
  changed,
  isEnding,
  isEpochExhausted,
  largestEpoch,
  noProducerEpoch,
  noProducerId,
  nothingAdded,
  type ProducerIdentity,
  type TransactionState,
} from './transaction-state.js'
import {
  accepted,
  announce,
  type InitializeEvent,
  refused,
  type TransactionEffect,
  type Transition,
} from './transition.js'

export function initializeProducer(state: TransactionState, event: InitializeEvent, now: number): Transition {
  const { expected, freshProducerId, timeoutMs } = event
  if (isEnding(state)) return refused(state, errorCode.CONCURRENT_TRANSACTIONS)
  if (expected !== undefined && !isSameProducer(state, expected)) return refused(state, errorCode.PRODUCER_FENCED)
  if (state.status === 'Ongoing') {
    const { state: aborting, effects } = abortUnderNextEpoch(state, freshProducerId, now)
    return { state: aborting, errorCode: errorCode.CONCURRENT_TRANSACTIONS, effects: [...effects, fenced(state)] }
  }

  const epochs = nextEpochs(state, expected, freshProducerId)
  if (typeof epochs === 'number') return refused(state, epochs)
  const next = changed(state, { ...epochs, ...nothingAdded, status: 'Empty', timeoutMs, startedAt: undefined }, now)
  const isTakeover = expected === undefined && state.producerEpoch !== noProducerEpoch
  return isTakeover ? accepted(next, fenced(state)) : accepted(next)
}

/** The epoch is raised without asking the producer: its late requests are fenced from this moment, before any marker is written. */
export function abortUnderNextEpoch(state: TransactionState, freshProducerId: bigint, now: number): Transition {
  const aborting = changed(
    state,
    {
      status: 'PrepareAbort',
      producerEpoch: Math.min(state.producerEpoch + 1, largestEpoch),
      lastProducerEpoch: state.producerEpoch,
      nextProducerId: isEpochExhausted(state.producerEpoch) ? freshProducerId : noProducerId,
    },
    now,
  )
  return accepted(aborting, { kind: 'write-markers' })
}

/** An id of before the last change counts where its epochs were used up: the answer that brought the new id may have been lost. */
function isSameProducer(state: TransactionState, expected: ProducerIdentity): boolean {
  if (state.producerEpoch === noProducerEpoch || expected.producerId === state.producerId) return true
  return expected.producerId === state.previousProducerId && isEpochExhausted(expected.producerEpoch)
}

type Epochs = Pick<TransactionState, 'producerId' | 'producerEpoch' | 'lastProducerEpoch'>

function nextEpochs(state: TransactionState, expected: ProducerIdentity | undefined, fresh: bigint): Epochs | number {
  const { producerId, producerEpoch, lastProducerEpoch } = state
  const isCurrent = expected === undefined || expected.producerEpoch === producerEpoch
  const raisedByItself = expected === undefined ? noProducerEpoch : producerEpoch

  if (isEpochExhausted(producerEpoch)) {
    // Kafka fails inside where a stale epoch meets a used-up one.
    if (!isCurrent) return errorCode.UNKNOWN_SERVER_ERROR
    return { producerId: fresh, producerEpoch: 0, lastProducerEpoch: raisedByItself }
  }
  if (isCurrent || producerEpoch === noProducerEpoch) {
    return { producerId, producerEpoch: producerEpoch + 1, lastProducerEpoch: raisedByItself }
  }
  const isRepeated = expected.producerEpoch === lastProducerEpoch
  return isRepeated ? { producerId, producerEpoch, lastProducerEpoch } : errorCode.PRODUCER_FENCED
}

function fenced({ transactionalId, producerId, producerEpoch }: TransactionState): TransactionEffect {
  return announce({ kind: 'producer.fenced', transactionalId, producerId, producerEpoch })
}
