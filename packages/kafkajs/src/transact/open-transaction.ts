import {
  type Clock,
  type DeliveryReport,
  fail,
  type LeaseCommit,
  type MillraceError,
  type OutgoingRecord,
  type Transaction,
} from '@millrace/core'
import type { SendLoop } from '../produce/send-loop.js'
import type { LeaseHolders } from '../member/lease-holder.js'
import type { ProducerIdentity } from '../produce/sequences.js'
import type { CallCoordinator, CallLimits } from './call-coordinator.js'
import { abortTransaction, commitTransaction } from './end-transaction.js'
import type { PartitionGate } from './partition-gate.js'
import type { ProducerEpoch } from './producer-epoch.js'
import { groupByMember, type MemberOffsets, sendOffsets } from './send-offsets.js'
import { isGraver } from './transaction-errors.js'
import { toFault, TransactionFault } from './transaction-fault.js'
import { hasEnded, nextTransactionState, type TransactionState, type TransactionStep } from './transaction-states.js'
import { withinLimits } from './within-limits.js'

export interface OpenTransactionParts {
  readonly transactionalId: string
  /** Bounds each stage of its commit, and the whole of an abort. */
  readonly limitMs: number
  readonly loop: Pick<SendLoop, 'send' | 'flush' | 'drop'>
  readonly gate: PartitionGate
  readonly epoch: ProducerEpoch
  readonly call: CallCoordinator
  readonly holders: LeaseHolders
  readonly clock: Clock
  /** Of the whole producer. */
  readonly closing: AbortSignal
}

/** One transaction of a producer, from its first record to its last answer. Its states are in `transaction-states.ts`. */
export class OpenTransaction implements Transaction {
  readonly #parts: OpenTransactionParts
  /** Calls off what is repeated before its end was asked for. */
  readonly #over = new AbortController()
  #state: TransactionState = 'open'
  /** The gravest of what went wrong: it can only be aborted. */
  #fault: TransactionFault | undefined
  #identity: ProducerIdentity | undefined
  #beginning: Promise<void> | undefined
  #hasRecords = false
  /** The coordinator may know of it. */
  #hasBegun = false
  #ending: Promise<void> | undefined

  constructor(parts: OpenTransactionParts) {
    this.#parts = parts
  }

  get state(): TransactionState {
    return this.#state
  }

  get hasEnded(): boolean {
    return hasEnded(this.#state)
  }

  send(record: OutgoingRecord): Promise<DeliveryReport> {
    if (this.#state !== 'open') return Promise.reject(this.#wrongState('A send'))
    if (this.#fault !== undefined && this.#over.signal.aborted) return Promise.reject(this.#aborted(this.#fault))
    this.#hasRecords = true
    this.#beginning ??= this.#begin()
    const sent = this.#parts.loop.send(record, undefined)
    // It says nothing of the other records: they are stored, and their senders told.
    sent.catch((cause: Error) => this.#note(new TransactionFault(cause.message, { verdict: 'abort', cause })))
    return sent
  }

  async commit(commits: readonly LeaseCommit[] = [], signal?: AbortSignal): Promise<void> {
    if (!this.#step('commit')) throw this.#wrongState('A commit')
    const committing = this.#commit(commits, signal)
    // Who waits for its end only wants to know when it is over.
    this.#ending = committing.catch(() => undefined)
    await committing
  }

  abort(): Promise<void> {
    if (this.#state === 'open' && this.#step('abort')) this.#ending = this.#endByAbort().then(() => undefined)
    return this.#ending ?? Promise.resolve()
  }

  /** Aborts it, as long as its end was not asked for. */
  callOff(reason: string): void {
    this.#fail(new TransactionFault(reason, { verdict: 'abort' }))
  }

  /** Takes the identity that there is, or waits for the next one. */
  async #begin(): Promise<void> {
    const { epoch, gate, clock, limitMs } = this.#parts
    const limits = { limitMs, signal: this.#over.signal }
    try {
      const identity = epoch.current ?? (await withinLimits(clock, limits, epoch.renew()))
      if (this.#state !== 'open' && this.#state !== 'preparing') return
      this.#identity = identity
      gate.open({
        identity,
        signal: this.#over.signal,
        onBegin: () => (this.#hasBegun = true),
        onFault: (fault) => this.#onFault(identity, fault),
      })
    } catch (error) {
      if (!this.#over.signal.aborted) this.#fail(toFault(error))
    }
  }

  #onFault(identity: ProducerIdentity, fault: TransactionFault): void {
    if (fault.verdict === 'rebuild' || fault.verdict === 'fenced-by-producer') this.#parts.epoch.retire(identity)
    // Nothing more can go wrong with what is being aborted, but whoever has the id now must not be fenced in turn.
    if (this.#state === 'aborting' && fault.verdict === 'fenced-by-producer') this.#fault = fault
    // What is called off ends in doubt, which adds nothing to the reason.
    if (fault.verdict !== 'rebuild' || !this.#over.signal.aborted) this.#fail(fault)
  }

  /** It can only be aborted. */
  #note(fault: TransactionFault): boolean {
    if (this.#state !== 'open' && this.#state !== 'preparing') return false
    if (this.#fault === undefined || isGraver(fault.verdict, this.#fault.verdict)) this.#fault = fault
    return true
  }

  /** The same, and nothing of it is worth finishing. */
  #fail(fault: TransactionFault): void {
    if (!this.#note(fault)) return
    this.#over.abort(fault)
    void this.#parts.loop.drop(this.#aborted(fault))
  }

  async #commit(commits: readonly LeaseCommit[], signal: AbortSignal | undefined): Promise<void> {
    const { epoch, call, limitMs, closing, transactionalId } = this.#parts
    const members = await this.#prepare(commits, signal)
    if (this.#fault !== undefined) return this.#giveUp(members)
    const identity = this.#identity
    if (!this.#hasBegun || identity === undefined) {
      await this.#parts.gate.close()
      this.#step('committed')
      return
    }
    // Nothing of it may be asked for any more: the coordinator would take that for the beginning of the next one.
    this.#over.abort(new TransactionFault('its end is asked for', { verdict: 'abort' }))
    this.#step('ask')
    const ending = { call, epoch, scope: { transactionalId, identity } }
    const [outcome] = await Promise.all([
      commitTransaction(ending, members, { limitMs, signal: closing }),
      this.#parts.gate.close(),
    ])
    this.#step(outcome.kind)
    if (outcome.kind !== 'committed') throw this.#rejected(outcome.kind, outcome.fault, members)
  }

  /** Resolves when every record and every offset is stored, or `#fault` says why not, with the offsets that the group has taken. */
  async #prepare(commits: readonly LeaseCommit[], signal: AbortSignal | undefined): Promise<readonly MemberOffsets[]> {
    const { loop, holders, clock } = this.#parts
    const callOff = (): void => this.callOff('its commit was called off')
    if (signal?.aborted === true) callOff()
    else signal?.addEventListener('abort', callOff, { once: true })
    try {
      const members = groupByMember(holders, commits)
      if (this.#hasRecords || members.length > 0) this.#beginning ??= this.#begin()
      const stored = loop.flush(undefined)
      // Behind the partitions, which are added at the end of this turn: what begins a transaction waits for the last one (K16).
      if (members.length > 0) await clock.yield()
      const offsets = Promise.all(members.map((member) => this.#sendOffsets(member)))
      const [taken] = await Promise.all([offsets, stored, this.#beginning])
      return taken
    } catch (error) {
      this.#fail(toFault(error))
      return []
    } finally {
      signal?.removeEventListener('abort', callOff)
    }
  }

  async #sendOffsets(member: MemberOffsets): Promise<MemberOffsets> {
    const { transactionalId, limitMs } = this.#parts
    await this.#beginning
    const identity = this.#identity
    if (this.#fault !== undefined || identity === undefined) return member
    this.#hasBegun = true
    const limits = { limitMs, signal: this.#over.signal }
    try {
      return await sendOffsets(this.#parts, { transactionalId, identity }, member, limits)
    } catch (error) {
      this.#onFault(identity, toFault(error))
      return member
    }
  }

  async #giveUp(members: readonly MemberOffsets[]): Promise<never> {
    this.#step('abort')
    const { kind, fault } = await this.#endByAbort()
    throw this.#rejected(kind, fault, members)
  }

  /** Never rejects. */
  async #endByAbort(): Promise<{ readonly kind: 'aborted' | 'fenced'; readonly fault: TransactionFault }> {
    const { loop, gate, epoch, call, clock, limitMs, closing, transactionalId } = this.#parts
    const endAtMs = clock.now() + limitMs
    const limits = (): CallLimits => ({ limitMs: endAtMs - clock.now(), signal: closing })
    const fault = (this.#fault ??= new TransactionFault('its abort was asked for', { verdict: 'abort' }))
    this.#over.abort(fault)
    // Batches in the air first: one that is stored after the abort would belong to the next transaction.
    await loop.drop(this.#aborted(fault))
    await gate.close() // not before: a batch of unknown outcome speaks through it
    const identity = this.#identity
    if (this.#hasBegun && identity !== undefined) {
      if (epoch.current === identity) {
        const ending = { call, epoch, scope: { transactionalId, identity } }
        await abortTransaction(ending, limits()).catch((error: unknown) => this.#onFault(identity, toFault(error)))
      }
      // Where somebody else has the id, they have ended it; to take the id back at once would only fence them in turn.
      if (epoch.current === undefined && this.#fault.verdict !== 'fenced-by-producer') {
        await withinLimits(clock, limits(), epoch.renew()).catch(() => undefined) // the next transaction begins with it
      }
    }
    const kind = isFenced(this.#fault) ? 'fenced' : 'aborted'
    this.#step(kind)
    return { kind, fault: this.#fault }
  }

  /**
   * The error that `commit` ends with. Who holds the leases of its offsets hears of it first, unless one of them has ended by itself:
   * nobody has said anything about the others.
   */
  #rejected(
    kind: 'aborted' | 'fenced' | 'unknown',
    fault: TransactionFault,
    members: readonly MemberOffsets[],
  ): MillraceError {
    if (kind === 'aborted') return this.#aborted(fault)
    const isOfOneLease = fault.verdict === 'fenced-by-group' && fault.code === 0
    if (!isOfOneLease) for (const { holder } of members) holder.refused(fault.code)
    const { transactionalId } = this.#parts
    const code = kind === 'fenced' ? 'MILLRACE_TRANSACTION_FENCED' : 'MILLRACE_TRANSACTION_UNKNOWN'
    return fail(code, { transactionalId, reason: fault.message }, { cause: fault.cause ?? fault })
  }

  #aborted(fault: TransactionFault): MillraceError {
    const { transactionalId } = this.#parts
    const facts = { transactionalId, reason: fault.message }
    return fail('MILLRACE_TRANSACTION_ABORTED', facts, { cause: fault.cause ?? fault })
  }

  #wrongState(action: string): MillraceError {
    const { transactionalId } = this.#parts
    return fail('MILLRACE_TRANSACTION_STATE', { transactionalId, action, state: this.#state })
  }

  #step(step: TransactionStep): boolean {
    const next = nextTransactionState(this.#state, step)
    if (next === undefined) return false
    this.#state = next
    return true
  }
}

const isFenced = ({ verdict }: TransactionFault): boolean =>
  verdict === 'fenced-by-producer' || verdict === 'fenced-by-group'
