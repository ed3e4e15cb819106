import type { Clock } from '../clock/clock.js'
import type { Marker } from '../log/control-batch.js'
import type { BrokerEvent } from '../observe/broker-events.js'
import { errorCode } from '../protocol/error-codes.js'
import { MarkerQueue } from './marker-queue.js'
import { Reaper } from './reaper.js'
import { TransactionalIds, type TransactionalIdLimits } from './transactional-ids.js'
import { isTimedOut, transition } from './transaction-machine.js'
import {
  isEnding,
  isEpochExhausted,
  newTransactionState,
  noProducerEpoch,
  noProducerId,
  type ProducerIdentity,
  type TransactionPartition,
  type TransactionState,
} from './transaction-state.js'
import { type TransactionView, viewOf } from './transaction-view.js'
import type { TransactionEvent } from './transition.js'
import { verifyOffsets, verifyWrite } from './verify-write.js'
import { type MarkerTargets, writeMarkers } from './write-markers.js'

/** What the coordinator needs of a partition's log. */
export interface TransactionLog {
  appendMarker(marker: Marker): bigint
  openTransactions(): readonly { readonly producerId: bigint }[]
}

/** What it needs of the groups. */
export interface TransactionGroups {
  endTransaction(groupId: string, producerId: bigint, committed: boolean): void
  describe(groupId: string): { readonly pending: readonly { readonly producerId: bigint }[] } | undefined
}

export interface TransactionSettings extends TransactionalIdLimits {
  /** The longest timeout that InitProducerId may ask for: Kafka's `transaction.max.timeout.ms`. */
  readonly maxTimeoutMs: number
  /** How often open transactions are looked at: `transaction.abort.timed.out.transaction.cleanup.interval.ms`. */
  readonly reaperIntervalMs: number
}

/** Kafka's, but for the number of ids, which Kafka does not limit. */
const defaultTransactionSettings: TransactionSettings = {
  maxTimeoutMs: 900_000,
  reaperIntervalMs: 10_000,
  idExpiryMs: 604_800_000,
  maxTransactionalIds: 100_000,
}

export interface TransactionCoordinatorOptions {
  readonly clock: Clock
  /** Undefined where there is no such partition. */
  readonly logOf: (topic: string, partition: number) => TransactionLog | undefined
  readonly groups: TransactionGroups
  readonly config?: Partial<TransactionSettings>
  readonly newProducerId: () => bigint
  readonly emit: (event: BrokerEvent) => void
}

export interface ProducerRequest {
  /** Null for a producer that is idempotent only. */
  transactionalId: string | null
  timeoutMs: number
  expected?: ProducerIdentity | undefined
}

export interface ProducerAnswer extends ProducerIdentity {
  readonly errorCode: number
}

/**
 * All transactional ids of the broker. It keeps their states, feeds them to the machine and does what the machine wants done:
 * markers, in a turn of their own, and announcements. Codes are Kafka's newest names.
 */
export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions
  readonly #settings: TransactionSettings
  readonly #ids: TransactionalIds
  readonly #markers: MarkerQueue
  readonly #reaper: Reaper

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options
    this.#settings = { ...defaultTransactionSettings, ...options.config }
    this.#ids = new TransactionalIds(this.#settings)
    this.#markers = new MarkerQueue(options.clock, (id) => this.#writeMarkers(id))
    this.#reaper = new Reaper(options.clock, this.#settings.reaperIntervalMs, () => this.#scan())
  }

  /** InitProducerId. */
  initializeProducer({ transactionalId, timeoutMs, expected }: ProducerRequest): ProducerAnswer {
    if (transactionalId === null) {
      return { errorCode: errorCode.NONE, producerId: this.#options.newProducerId(), producerEpoch: 0 }
    }
    if (transactionalId === '') return refusal(errorCode.INVALID_REQUEST)
    if (timeoutMs <= 0 || timeoutMs > this.#settings.maxTimeoutMs) return refusal(errorCode.INVALID_TRANSACTION_TIMEOUT)

    const before = this.#ids.get(transactionalId) ?? this.#createState(transactionalId, timeoutMs)
    const freshProducerId = this.#freshProducerIdFor(before)
    const code = this.#apply(before, { kind: 'initialize', timeoutMs, expected, freshProducerId })
    if (code !== errorCode.NONE) return refusal(code)
    const { producerId, producerEpoch } = this.#ids.get(transactionalId) ?? before
    return { errorCode: code, producerId, producerEpoch }
  }

  /** AddPartitionsToTxn, for partitions that exist. */
  addPartitions(id: string, producer: ProducerIdentity, partitions: readonly TransactionPartition[]): number {
    return this.#request(id, { kind: 'add', producer, partitions, groups: [] })
  }

  /** AddOffsetsToTxn. */
  addGroup(id: string, producer: ProducerIdentity, groupId: string): number {
    return this.#request(id, { kind: 'add', producer, partitions: [], groups: [groupId] })
  }

  /** EndTxn: the outcome is decided when this returns 0, its markers are written in a later turn. */
  end(id: string, producer: ProducerIdentity, committed: boolean): number {
    return this.#request(id, { kind: 'end', producer, committed })
  }

  /** Whether a log may take a transactional batch; 0 if so. Null: the request named no transactional id. */
  verifyWrite(id: string | null, producerId: bigint, producerEpoch: number, topic: string, partition: number): number {
    if (id === null) return errorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED
    if (id === '') return errorCode.INVALID_REQUEST
    const isOpenInLog = () => this.#isOpenInLog(producerId, topic, partition)
    return verifyWrite(this.#ids.get(id), { producerId, producerEpoch, topic, partition, isOpenInLog })
  }

  /** Whether a group may take offsets of this transaction; 0 if so. */
  verifyOffsets(id: string, producer: ProducerIdentity, groupId: string): number {
    if (id === '') return errorCode.INVALID_REQUEST
    const { producerId, producerEpoch } = producer
    const pending = () => this.#options.groups.describe(groupId)?.pending ?? []
    const isPendingInGroup = () => pending().some((offset) => offset.producerId === producerId)
    return verifyOffsets(this.#ids.get(id), { producerId, producerEpoch, groupId, isPendingInGroup })
  }

  /**
   * Keeps markers of one id, or of all, from being written until the returned function is called: EndTxn is answered, whatever comes
   * next gets 51, readers wait at the last stable offset. Holds add up.
   */
  holdMarkers(transactionalId?: string): () => void {
    return this.#markers.hold(transactionalId)
  }

  /**
   * As if another instance had asked for a producer id: the present one is fenced, its open transaction is aborted. False where the
   * id is unknown or its markers are just being written, when Kafka refuses that too.
   */
  fence(transactionalId: string): boolean {
    const state = this.#ids.get(transactionalId)
    if (state === undefined) return false
    const { timeoutMs, producerId, producerEpoch } = state
    const freshProducerId = this.#freshProducerIdFor(state)
    this.#apply(state, { kind: 'initialize', timeoutMs, expected: undefined, freshProducerId })
    const after = this.#ids.get(transactionalId)
    return after?.producerId !== producerId || after.producerEpoch !== producerEpoch
  }

  describe(transactionalId: string): TransactionView | undefined {
    const state = this.#ids.get(transactionalId)
    return state && viewOf(state, this.#markers.isHeld(transactionalId))
  }

  list(): TransactionView[] {
    return Array.from(this.#ids.all(), (state) => viewOf(state, this.#markers.isHeld(state.transactionalId)))
  }

  /** The broker is going down: no timer is left behind, markers that are due stay unwritten. */
  suspend(): void {
    this.#markers.suspend()
    this.#reaper.suspend()
  }

  /** The broker is gone for good. */
  close(): void {
    this.suspend()
  }

  /** The broker is back: what was decided is carried out, what is open times out as if the broker had never been away. */
  resume(): void {
    for (const state of this.#ids.all()) if (isEnding(state)) this.#markers.add(state.transactionalId)
    if (this.#ids.open().length > 0) this.#reaper.wake()
  }

  #request(id: string, event: TransactionEvent): number {
    if (id === '') return errorCode.INVALID_REQUEST
    const state = this.#ids.get(id)
    return state === undefined ? errorCode.INVALID_PRODUCER_ID_MAPPING : this.#apply(state, event)
  }

  #apply(state: TransactionState, event: TransactionEvent): number {
    const next = transition(state, event, this.#options.clock.now())
    if (next.state !== state) this.#ids.set(next.state)
    for (const effect of next.effects) {
      if (effect.kind === 'write-markers') this.#markers.add(state.transactionalId)
      else this.#options.emit(effect.event)
    }
    if (next.state.status === 'Ongoing') this.#reaper.wake()
    return next.errorCode
  }

  #createState(transactionalId: string, timeoutMs: number): TransactionState {
    const { clock, newProducerId } = this.#options
    return newTransactionState(transactionalId, { producerId: newProducerId(), timeoutMs, now: clock.now() })
  }

  #freshProducerIdFor({ producerEpoch }: TransactionState): bigint {
    return isEpochExhausted(producerEpoch) ? this.#options.newProducerId() : noProducerId
  }

  #isOpenInLog(producerId: bigint, topic: string, partition: number): boolean {
    const log = this.#options.logOf(topic, partition)
    return log?.openTransactions().some((open) => open.producerId === producerId) === true
  }

  #writeMarkers(transactionalId: string): void {
    const state = this.#ids.get(transactionalId)
    if (state === undefined) return
    const { clock, logOf, groups, emit } = this.#options
    const onMarked: MarkerTargets['onMarked'] = (topic, partition, { producerId, committed }) =>
      emit({ kind: 'transaction.marked', topic, partition, producerId, committed })
    writeMarkers(state, { logOf, groups, onMarked }, clock.now())
    this.#apply(state, { kind: 'marked' })
  }

  #scan(): void {
    const now = this.#options.clock.now()
    for (const transactionalId of this.#ids.open()) {
      const state = this.#ids.get(transactionalId)
      if (state === undefined || !isTimedOut(state, now)) continue
      this.#apply(state, { kind: 'scan', freshProducerId: this.#freshProducerIdFor(state) })
    }
    if (this.#ids.open().length > 0) this.#reaper.wake()
  }
}

export const createTransactionCoordinator = (options: TransactionCoordinatorOptions): TransactionCoordinator =>
  new TransactionCoordinator(options)

const refusal = (code: number): ProducerAnswer => ({
  errorCode: code,
  producerId: noProducerId,
  producerEpoch: noProducerEpoch,
})
