import {
  type Clock,
  type DeliveryReport,
  type Driver,
  fail,
  type Lease,
  type LeaseCommit,
  type OutgoingRecord,
  type Transaction,
  type TransactionalSender,
} from '@millrace/core'
import type { Gate } from './gate.js'
import type { NewRecord, PartitionLog } from './partition-log.js'
import type { ScriptedGroups } from './scripted-groups.js'
import { placeOf, type PlannedSendFailure } from './scripted-sender.js'
import type { ScriptedTopics } from './scripted-topics.js'

/** How a test lets a transaction end. */
export interface PlannedTransactionEnd {
  readonly end: 'aborted' | 'fenced' | 'unknown'
  /** Of an unknown one: everybody sees it all the same. */
  readonly isCommitted: boolean
}

export interface TransactionPace {
  /** How long the end of a transaction takes, ms. */
  commitMs: number
}

/** A transaction that has ended. */
export interface EndedTransaction {
  readonly transactionalId: string
  readonly end: 'committed' | 'aborted'
  readonly records: number
  readonly offsets: number
}

export interface TransactionParts {
  readonly clock: Clock
  readonly topics: ScriptedTopics
  readonly groups: ScriptedGroups
  readonly sends: Gate<OutgoingRecord, PlannedSendFailure>
  /** Where ends of transactions are held. Its subject is the transactional id. */
  readonly gate: Gate<string, PlannedTransactionEnd>
  readonly pace: TransactionPace
  readonly ended: EndedTransaction[]
  readonly ensureTopic: (name: string) => void
  readonly wake: () => void
}

/** Opens transactional producers: whoever opens an id later fences the one who had it. */
export function createTransactions(parts: TransactionParts): Driver['openTransactions'] {
  const producers = new Map<string, ScriptedTransactions>()
  return async ({ transactionalId, transactionTimeoutMs }, signal) => {
    signal.throwIfAborted()
    await producers.get(transactionalId)?.fence()
    const producer = new ScriptedTransactions(transactionalId, transactionTimeoutMs, parts)
    producers.set(transactionalId, producer)
    return producer
  }
}

class ScriptedTransactions implements TransactionalSender {
  #open: ScriptedTransaction | undefined
  #isFenced = false
  #isClosed = false

  constructor(
    readonly id: string,
    private readonly timeoutMs: number,
    private readonly parts: TransactionParts,
  ) {}

  get isFenced(): boolean {
    return this.#isFenced
  }

  begin(): Transaction {
    if (this.#isClosed) throw fail('MILLRACE_PRODUCE_CLOSED', {})
    if (this.#open?.isOver === false)
      throw fail('MILLRACE_TRANSACTION_STATE', { transactionalId: this.id, action: 'begin()', state: 'open' })
    this.#open = new ScriptedTransaction(this, this.timeoutMs, this.parts)
    return this.#open
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#open?.cutOff()
  }

  async fence(): Promise<void> {
    this.#isFenced = true
    this.#open?.cutOff()
  }
}

/** A record whose offset is taken, and which nobody sees before the commit. */
interface Reserved {
  readonly log: PartitionLog
  readonly offset: bigint
  readonly record: NewRecord
}

/** Its records take offsets at once and hold readers up from there; they are put in place by the commit, or never. */
class ScriptedTransaction implements Transaction {
  isOver = false
  readonly #reserved: Reserved[] = []
  readonly #holds = new Map<PartitionLog, () => void>()
  readonly #sends: Promise<unknown>[] = []
  readonly #over = new AbortController()
  #isExpired = false
  #isEnding = false
  #ending: Promise<void> | undefined

  constructor(
    private readonly producer: ScriptedTransactions,
    timeoutMs: number,
    private readonly parts: TransactionParts,
  ) {
    void parts.clock.wait(timeoutMs, this.#over.signal).then(() => {
      if (this.isOver) return
      this.#isExpired = true
      this.#finish('aborted', 0)
    })
  }

  async send(record: OutgoingRecord): Promise<DeliveryReport> {
    const { id: transactionalId } = this.producer
    if (this.#isEnding || (this.isOver && !this.#isExpired))
      throw fail('MILLRACE_TRANSACTION_STATE', { transactionalId, action: 'send()', state: 'over' })
    const sending = this.#send(record)
    this.#sends.push(sending)
    return sending
  }

  commit(offsets: readonly LeaseCommit[] = [], signal?: AbortSignal): Promise<void> {
    const committing = this.#commit(offsets, signal)
    this.#ending ??= committing.catch(() => undefined) // whoever called sees it
    return committing
  }

  async #commit(offsets: readonly LeaseCommit[], signal: AbortSignal | undefined): Promise<void> {
    const { id: transactionalId } = this.producer
    if (this.#isEnding || (this.isOver && !this.#isExpired && !this.producer.isFenced))
      throw fail('MILLRACE_TRANSACTION_STATE', { transactionalId, action: 'commit()', state: 'over' })
    this.#isEnding = true
    const aborted = (reason: string, cause?: unknown) => {
      this.#finish('aborted', 0)
      return fail('MILLRACE_TRANSACTION_ABORTED', { transactionalId, reason }, { cause })
    }
    const answers = await Promise.allSettled(this.#sends)
    const refused = answers.find((answer) => answer.status === 'rejected')
    if (refused !== undefined) throw aborted('a record was not taken', refused.reason)
    await this.#reachTheEnd(signal)
    if (this.producer.isFenced) throw this.#fenced('another producer has its id')
    if (this.#isExpired) throw aborted('it was open for too long')
    if (this.isOver) throw aborted('its producer was closed')
    if (signal?.aborted === true) throw aborted('its signal was aborted')
    this.#endAsPlanned(offsets, aborted)
    if (offsets.some(({ lease }) => this.parts.groups.ownerOf(lease) === undefined))
      throw this.#fenced('a lease of its offsets has ended')
    this.#finish('committed', offsets.length, offsets)
  }

  /** What is being committed is left to it: the first end counts. */
  async abort(): Promise<void> {
    if (!this.#isEnding) this.cutOff()
    await this.#ending
  }

  cutOff(): void {
    this.#finish('aborted', 0)
  }

  async #reachTheEnd(signal: AbortSignal | undefined): Promise<void> {
    const { clock, gate, pace } = this.parts
    const signals = signal === undefined ? [this.#over.signal] : [this.#over.signal, signal]
    if (pace.commitMs > 0) await clock.wait(pace.commitMs, AbortSignal.any(signals))
    await gate.wait(this.producer.id, { signals })
  }

  #endAsPlanned(offsets: readonly LeaseCommit[], aborted: (reason: string) => Error): void {
    const { gate } = this.parts
    const { id: transactionalId } = this.producer
    const planned = gate.takeFailure(transactionalId)
    if (planned === undefined) return
    const reason = 'a test asked for it'
    if (planned.end === 'aborted') throw aborted(reason)
    const leases = offsets.map(({ lease }) => lease)
    const isCommitted = planned.end === 'unknown' && planned.isCommitted
    const isOwner = leases.every((lease) => this.parts.groups.ownerOf(lease) !== undefined)
    this.#finish(
      isCommitted && isOwner ? 'committed' : 'aborted',
      isCommitted ? offsets.length : 0,
      isCommitted && isOwner ? offsets : [],
    )
    this.#endLeases(leases)
    throw planned.end === 'fenced'
      ? fail('MILLRACE_TRANSACTION_FENCED', { transactionalId, reason })
      : fail('MILLRACE_TRANSACTION_UNKNOWN', { transactionalId, reason })
  }

  #fenced(reason: string): Error {
    if (!this.isOver) this.#finish('aborted', 0)
    return fail('MILLRACE_TRANSACTION_FENCED', { transactionalId: this.producer.id, reason })
  }

  /** The group takes the leases away, as it does from a member that it no longer knows. */
  #endLeases(leases: readonly Lease[]): void {
    const { groups } = this.parts
    const owners = new Map(
      leases.flatMap((lease) => groups.ownerOf(lease) ?? []).map((owner) => [owner.member, owner.group]),
    )
    for (const [member, group] of owners) group.lose(member).catch(() => undefined) // it may have left by its turn
  }

  async #send(record: OutgoingRecord): Promise<DeliveryReport> {
    const { sends, clock, topics } = this.parts
    await sends.wait(record, { signals: [this.#over.signal] })
    const { id: transactionalId } = this.producer
    if (this.isOver) throw fail('MILLRACE_TRANSACTION_ABORTED', { transactionalId, reason: 'it is over' })
    const failure = sends.takeFailure(record)
    if (failure !== undefined) {
      const timedOut = { topic: record.topic, deliveryTimeoutMs: 0 }
      throw failure.error ?? fail('MILLRACE_PRODUCE_TIMED_OUT', timedOut)
    }
    const { topic, partition } = placeOf(record, this.parts)
    const log = topics.log(topic, partition)
    if (!this.#holds.has(log)) this.#holds.set(log, log.hold())
    const offset = log.reserve()
    const { key, value, headers = [], timestamp = clock.wallNow() } = record
    this.#reserved.push({ log, offset, record: { key, value, headers, timestamp, origin: 'sender' } })
    return { topic, partition, offset, timestamp }
  }

  #finish(end: EndedTransaction['end'], offsets: number, commits: readonly LeaseCommit[] = []): void {
    if (this.isOver) return
    this.isOver = true
    this.#over.abort()
    const { ended, groups, wake } = this.parts
    if (end === 'committed') for (const { log, offset, record } of this.#reserved) log.fill(offset, record)
    for (const [log, release] of this.#holds) {
      log.leaveGap(1) // the marker
      release()
    }
    for (const commit of commits) {
      const owner = groups.ownerOf(commit.lease)
      owner?.group.store(owner.member, [commit])
    }
    ended.push({ transactionalId: this.producer.id, end, records: this.#reserved.length, offsets })
    wake()
  }
}
