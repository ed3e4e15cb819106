import type { SettledAs } from '../observe/ledger.js'
import type { OutgoingRecord } from '../produce/sender.js'
import type { Step } from '../process/step.js'
import type { Lease } from '../receive/driver.js'
import type { FinalStep, Forgotten, LeaseHost, LeaseMode } from '../receive/lease-mode.js'
import type { RawRecord } from '../receive/record.js'
import type { ReceivedRecord } from '../receive/received-record.js'
import { delayAfter } from './dead-letter-writer.js'
import { type DecidedPrefix, type DecidedRecord, DecidedRecords } from './decided-records.js'
import type { OutputBounds } from './output-bounds.js'
import { bytesOf } from './shrink-dead-letter.js'

/** What a pipeline does about its records, and who is told. */
export interface PipelineRules {
  /** The word on a record one of whose outputs was refused for what it is. */
  afterRefusal(decided: DecidedRecord, error: Error): Step | Promise<Step>
  /** A topic does not take an output of this record; it is tried again. */
  failing(decided: DecidedRecord, error: Error, tries: number, delayMs: number): void
  /** Its outputs and its offset are stored. */
  stored(decided: DecidedRecord): void
}

/**
 * A lease whose records are decided first, and settled when their outputs and their offset are stored together.
 *
 * A decided record gives its input room back, counts as awaiting in the ledger, and waits in `DecidedRecords`. The
 * transaction loop takes the prefix out and says what became of it: `stored`, `restore` (the same goes again) or `lose`
 * (nothing of it ever). A record whose output was refused for what it is gets other outputs, or halts the lease in its place.
 */
export class PipelineLease implements LeaseMode {
  readonly held = 0
  /** Outputs that wait, a record without any counting for one. */
  outputs = 0
  bytes = 0
  /** Before this moment the outputs of the record that its topic did not take are not tried again. */
  retryAt = Number.NEGATIVE_INFINITY
  #heldBack: DecidedRecord | undefined
  readonly #decided = new DecidedRecords()
  readonly #over = new AbortController()
  /** Halted, lost or ended: nothing more is decided here. */
  #isDone = false
  /** Nothing of it may be stored any more. */
  #isLost = false
  #tries = 0
  #isFailing = false

  constructor(
    private readonly host: LeaseHost,
    private readonly bounds: OutputBounds,
    private readonly rules: PipelineRules,
  ) {
    const { draining } = host
    draining.addEventListener('abort', () => this.#over.abort(draining.reason), { once: true })
  }

  get lease(): Lease {
    return this.host.lease
  }

  get startOffset(): bigint {
    return this.host.source.startOffset
  }

  get laneOver(): AbortSignal {
    return this.#over.signal
  }

  get committable(): number {
    return this.#decided.settledEnd
  }

  get settled(): number {
    return this.#decided.settledEnd
  }

  /** Records that are decided and not stored. */
  get waiting(): number {
    return this.#decided.size
  }

  receive(records: readonly RawRecord[], shift: number, end: number): void {
    for (const { offsetDelta } of records) this.#decided.receive(shift + offsetDelta)
    this.#decided.closeBatch(end)
    this.host.lane.push(records, shift)
    if (this.#decided.end !== this.#decided.settledEnd) this.host.parts.onSettled(0) // a gap alone moves the end, too
    this.host.settledUpTo()
  }

  admit(): undefined {
    return undefined
  }

  finish(record: ReceivedRecord, step: FinalStep): Promise<void> | undefined {
    const { host, bounds } = this
    if (step.kind === 'abandoned') return void host.settle(record, 'abandoned')
    if (host.state === 'ended') return undefined // in flight to the end: the next owner gets it
    host.release(1, record.raw.sizeBytes)
    if (this.#isDone) return undefined // it can't be stored any more: in flight as well
    const { outputs = [] } = step
    const bytes = weigh(record, outputs)
    this.#decided.add(record, step.kind, outputs, bytes)
    this.#took(countOf(outputs), bytes)
    host.parts.onSettled(1)
    return this.#mayGoOn() ? undefined : bounds.wait(() => this.#mayGoOn(), this.#over.signal)
  }

  forget(): Forgotten {
    return this.host.lane.clearBehindHead()
  }

  /** What waits or is on its way is read again by the next owner, unless it is stored by then; no ledger hears of that. */
  end(): void {
    this.#isLost = true
    this.#isDone = true
    this.#release(this.#decided.clear())
  }

  /** How many of them a transaction could take now. */
  get ready(): number {
    return this.#isLost ? 0 : this.#decided.ready(this.#firstHeldBack)
  }

  take(atMost = Infinity): DecidedPrefix | undefined {
    return this.#isLost ? undefined : this.#decided.take({ atMost, before: this.#firstHeldBack })
  }

  /** What its topic did not take stays, with all that comes after it, until its time has come. */
  get #firstHeldBack(): ReceivedRecord | undefined {
    return this.host.parts.clock.now() < this.retryAt ? this.#heldBack?.record : undefined
  }

  /** What was taken is stored. */
  stored(): void {
    if (this.#isLost) return
    const entries = this.#decided.settle()
    for (const entry of entries) {
      this.host.ledger.settle('awaiting', countedAs(entry.as))
      this.rules.stored(entry)
    }
    this.host.committed = this.host.watermark
    if (this.#heldBack === undefined || !this.#decided.isWaiting(this.#heldBack)) this.#recover()
    this.#release(entries)
    this.host.settledUpTo()
  }

  /** What was taken is not stored, and may be sent again. */
  restore(): void {
    this.#decided.restore()
  }

  /** What was taken may be stored and must never be sent again: the lease is about to end, and the next owner finds out. */
  lose(): void {
    this.end()
    this.#over.abort('revoked')
  }

  /** An output of this record was refused for what it is: its record has failed for good. */
  async refuse(decided: DecidedRecord, error: Error): Promise<void> {
    if (!this.#decided.isWaiting(decided)) return // a record in front of it has halted the lease
    const step = await this.rules.afterRefusal(decided, error)
    if (this.#isLost) return
    if (step.kind === 'halted') return this.#halt(decided)
    if (step.kind === 'again' || step.kind === 'abandoned') return this.hold(decided, error)
    const { outputs = [] } = step
    const bytes = weigh(decided.record, outputs)
    this.#release([decided])
    this.#took(countOf(outputs), bytes)
    this.#decided.replace(decided, step.kind, outputs, bytes)
  }

  /** A topic does not take an output: the lease stands still and is tried again after a while, others go on. */
  hold(decided: DecidedRecord, error: Error): void {
    if (!this.#decided.isWaiting(decided)) return
    this.#tries += 1
    this.#heldBack = decided
    const delayMs = delayAfter(this.#tries)
    this.retryAt = this.host.parts.clock.now() + delayMs
    this.stall()
    this.rules.failing(decided, error, this.#tries, delayMs)
  }

  /** Transactions of this lease do not succeed: it stands still until one does. */
  stall(): void {
    this.#isFailing = true
    this.host.pauseFor('output-failing')
  }

  #recover(): void {
    this.#heldBack = undefined
    this.#tries = 0
    this.#isFailing = false
    this.host.resumeFrom('output-failing')
  }

  #halt(decided: DecidedRecord): void {
    this.#isDone = true
    this.#release(this.#decided.halt(decided))
    this.host.pauseFor('halted')
    this.#over.abort('revoked')
  }

  #mayGoOn(): boolean {
    if (this.#isFailing) return false
    return !this.bounds.isFull || !this.#decided.hasPrefix
  }

  #took(outputs: number, bytes: number): void {
    this.outputs += outputs
    this.bytes += bytes
    this.bounds.took(outputs, bytes)
  }

  #release(entries: readonly DecidedRecord[]): void {
    let outputs = 0
    let bytes = 0
    for (const entry of entries) {
      outputs += countOf(entry.outputs)
      bytes += entry.bytes
    }
    this.outputs -= outputs
    this.bytes -= bytes
    this.bounds.released(outputs, bytes)
  }
}

/** A record without outputs takes room, too: it is kept until its offset is stored. */
const countOf = (outputs: readonly OutgoingRecord[]): number => Math.max(1, outputs.length)

/** The record itself is kept for its dead letter. */
const weigh = ({ raw }: ReceivedRecord, outputs: readonly OutgoingRecord[]): number =>
  outputs.reduce((sum, output) => sum + bytesOf(output), raw.sizeBytes)

const countedAs = (as: DecidedRecord['as']): SettledAs => (as === 'dead-lettered' ? 'deadLettered' : as)
