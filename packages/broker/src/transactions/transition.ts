import type { BrokerEvent } from '../observe/broker-events.js'
import { errorCode } from '../protocol/error-codes.js'
import type { ProducerIdentity, TransactionPartition, TransactionState } from './transaction-state.js'

/** What can happen to a transactional id. */
export type TransactionEvent =
  | InitializeEvent
  | {
      readonly kind: 'add'
      readonly producer: ProducerIdentity
      readonly partitions: readonly TransactionPartition[]
      readonly groups: readonly string[]
    }
  | { readonly kind: 'end'; readonly producer: ProducerIdentity; readonly committed: boolean }
  /** The reaper came by. */
  | { readonly kind: 'scan'; readonly freshProducerId: bigint }
  /** All markers are in their logs, and the pending offsets are resolved. */
  | { readonly kind: 'marked' }

export interface InitializeEvent {
  readonly kind: 'initialize'
  readonly timeoutMs: number
  /** Who the producer thinks it is (version 3 and later); undefined where it starts anew. */
  readonly expected: ProducerIdentity | undefined
  /** Taken where the epochs of the present id are used up. */
  readonly freshProducerId: bigint
}

export type TransactionEffect =
  | { readonly kind: 'write-markers' }
  | { readonly kind: 'announce'; readonly event: BrokerEvent }

export interface Transition {
  readonly state: TransactionState
  /** By Kafka's newest names: what a request's version calls a fenced producer is decided where it is answered. */
  readonly errorCode: number
  readonly effects: readonly TransactionEffect[]
}

export const refused = (state: TransactionState, code: number): Transition => ({ state, errorCode: code, effects: [] })

export const accepted = (state: TransactionState, ...effects: readonly TransactionEffect[]): Transition => ({
  state,
  errorCode: errorCode.NONE,
  effects,
})

export const announce = (event: BrokerEvent): TransactionEffect => ({ kind: 'announce', event })
