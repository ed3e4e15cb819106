import type { Clock } from '@millrace/core'
import type { ProducerIdentity } from '../produce/sequences.js'
import type { TransactionGate } from '../produce/transaction-gate.js'
import type { CallCoordinator } from './call-coordinator.js'
import { type AddedPartition, addPartitionsRequest } from './requests/add-partitions.js'
import { transactionErrorOf } from './transaction-errors.js'
import { toFault, TransactionFault } from './transaction-fault.js'

export interface PartitionGateParts {
  readonly transactionalId: string
  readonly call: CallCoordinator
  readonly limitMs: number
  readonly clock: Clock
  readonly wake: () => void
  /** A topic seems to be gone: asks for metadata. */
  readonly refresh: () => void
  /** The topic of this partition takes nothing from this client. */
  readonly refuse: (topic: string, partition: number, reason: string) => void
}

/** The transaction that records may be part of. */
export interface Admission {
  readonly identity: ProducerIdentity
  readonly signal: AbortSignal
  /** The coordinator is about to hear of the transaction. */
  readonly onBegin: () => void
  readonly onFault: (fault: TransactionFault) => void
}

interface Wanted {
  readonly topic: string
  readonly partition: number
}

/**
 * Lets a batch through once its partition is part of the open transaction. Partitions that are met for the first time in one turn
 * of the loop are added by one request; those of later turns wait for its answer and then go together.
 */
export class PartitionGate implements TransactionGate {
  readonly transactionalId: string
  readonly #parts: PartitionGateParts
  #admission: Admission | undefined
  readonly #added = new Set<string>()
  readonly #wanted = new Map<string, Wanted>()
  /** What the running request is about. */
  readonly #asked = new Set<string>()
  #adding: Promise<void> | undefined

  constructor(parts: PartitionGateParts) {
    this.#parts = parts
    this.transactionalId = parts.transactionalId
  }

  get identity(): ProducerIdentity | undefined {
    return this.#admission?.identity
  }

  open(admission: Admission): void {
    this.#admission = admission
    this.#parts.wake()
  }

  /** Lets nothing more through. Resolves when nothing that was asked for is unanswered. */
  async close(): Promise<void> {
    this.#admission = undefined
    this.#added.clear()
    this.#wanted.clear()
    await this.#adding
  }

  admits(topic: string, partition: number): boolean {
    const key = keyOf({ topic, partition })
    if (this.#added.has(key)) return true
    // To be added twice would begin the next transaction if the second answer came after the end of this one.
    if (!this.#asked.has(key)) this.#wanted.set(key, { topic, partition })
    return false
  }

  askForMissing(): void {
    if (this.#admission === undefined || this.#adding !== undefined || this.#wanted.size === 0) return
    this.#adding = this.#add(this.#admission).finally(() => {
      this.#adding = undefined
      this.#asked.clear()
      this.#parts.wake()
    })
  }

  retire(identity: ProducerIdentity, code: number | undefined): void {
    const admission = this.#admission
    if (admission?.identity !== identity) return
    if (code === undefined) {
      admission.onFault(new TransactionFault('nobody knows whether a batch is stored', { verdict: 'rebuild' }))
      return
    }
    const { name, verdict } = transactionErrorOf(code)
    const isFenced = verdict === 'fenced-by-producer'
    const facts = { verdict: isFenced ? verdict : 'rebuild', code } as const
    admission.onFault(new TransactionFault(`Produce was answered ${name}`, facts))
  }

  async #add(admission: Admission): Promise<void> {
    const { transactionalId, call, limitMs, clock, refuse } = this.#parts
    const { identity, signal } = admission
    const partitions = [...this.#wanted.values()]
    for (const key of this.#wanted.keys()) this.#asked.add(key)
    this.#wanted.clear()
    admission.onBegin()
    const patientUntilMs = clock.now() + NEW_TOPIC_MS
    try {
      const { answer } = await call(
        {
          to: { kind: 'transaction', key: transactionalId },
          request: addPartitionsRequest({ transactionalId, identity }, partitions),
          codesOf: (found) => this.#codesOf(found, patientUntilMs),
        },
        { limitMs, signal },
      )
      if (this.#admission !== admission) return
      for (const { topic, partition, errorCode } of answer) {
        if (errorCode === 0) this.#added.add(keyOf({ topic, partition }))
        else if (isOfTopic(errorCode)) refuse(topic, partition, transactionErrorOf(errorCode).name)
      }
    } catch (error) {
      admission.onFault(toFault(error))
    }
  }

  /** Nothing where a topic is at fault for good: the others of the request are asked for again without it. */
  #codesOf(answer: readonly AddedPartition[], patientUntilMs: number): number[] {
    const codes = answer.map(({ errorCode }) => errorCode)
    const isGone = codes.includes(UNKNOWN_TOPIC)
    if (isGone) this.#parts.refresh()
    if (codes.some(isRefused)) return []
    return isGone && this.#parts.clock.now() >= patientUntilMs ? [] : codes
  }
}

const keyOf = ({ topic, partition }: Wanted): string => `${topic}/${partition}`

const UNKNOWN_TOPIC = 3
/** A topic that was just created is known to every broker by then. */
const NEW_TOPIC_MS = 1_000

/** TOPIC_AUTHORIZATION_FAILED, INVALID_TOPIC_EXCEPTION. */
const isRefused = (code: number): boolean => code === 29 || code === 17
const isOfTopic = (code: number): boolean => isRefused(code) || code === UNKNOWN_TOPIC
