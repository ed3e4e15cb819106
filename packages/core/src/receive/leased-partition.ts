import type { LeaseEnd, PauseReason } from '../observe/events.js'
import { Ledger, type SettledAs } from '../observe/ledger.js'
import type { PartitionSnapshot } from '../observe/snapshot.js'
import type { Step } from '../process/step.js'
import { Arrivals } from './arrivals.js'
import { AtLeastOnce } from './at-least-once.js'
import { AtMostOnce } from './at-most-once.js'
import type { Brake } from './brake.js'
import type { Lease } from './driver.js'
import { findBlockage, inspectLane } from './inspect-lane.js'
import type { LeaseHost, LeaseMode } from './lease-mode.js'
import type { LeaseLane, PartitionParts } from './partition-parts.js'
import { Pauses } from './pauses.js'
import type { ReceivedBatch } from './record.js'
import type { ReceivedRecord, RecordSource } from './received-record.js'
import type { WatchedLease } from './stall.js'

/**
 * One lease at work: what it holds, how far it is settled, and how it ends. When its records reach the lane, and what the
 * end of a run means, is up to its mode.
 *
 * States: `open` takes batches and runs them. `draining` takes nothing, has forgotten what was queued, and lets the running
 * attempt finish. `ended` settles nothing any more: whatever still comes back is dropped.
 */
export class LeasedPartition implements LeaseHost {
  state: 'open' | 'draining' | 'ended' = 'open'
  readonly ledger = new Ledger()
  readonly source: RecordSource
  readonly lane: LeaseLane
  readonly brake: Brake | undefined
  committed: bigint
  nextOffset: bigint
  endOffset: bigint
  bufferedBytes = 0
  /** Since when nothing was handed over and nothing stood in the way of it. */
  #idleSinceMs: number
  #unreadableBecause: string | undefined
  #hold: PromiseWithResolvers<void> | undefined
  readonly #draining = new AbortController()
  readonly #ended = new AbortController()
  readonly #mode: LeaseMode
  readonly #pauses: Pauses
  #endDelta = 0
  #running: Promise<void> | undefined
  #isCaughtUp = false
  readonly #arrivals = new Arrivals()

  constructor(
    readonly lease: Lease,
    group: string,
    readonly parts: PartitionParts,
    /** Where it goes on, if not where the lease began. */
    startOffset = lease.startOffset,
  ) {
    const { topic, partition, epoch: generation } = lease
    this.source = { group, topic, partition, generation, startOffset }
    this.lane = parts.createLane(this.source)
    this.brake = parts.createBrake?.(this)
    this.#mode = createMode(this)
    this.committed = startOffset
    this.nextOffset = startOffset
    this.endOffset = startOffset
    this.#idleSinceMs = parts.clock.now()
    const fetching = {
      pause: () => lease.isLive && lease.pause(),
      resume: () => {
        this.#idleSinceMs = parts.clock.now()
        if (lease.isLive && this.state === 'open') lease.resume()
      },
    }
    this.#pauses = new Pauses(fetching, (name, reason) => parts.events.emit({ name, ...this.position(), reason }))
    parts.backPressure.add(this)
  }

  get draining(): AbortSignal {
    return this.#draining.signal
  }

  get ended(): AbortSignal {
    return this.#ended.signal
  }

  get buffered(): number {
    return this.lane.size + this.#mode.held
  }

  /** What may be committed, or in a pipeline what is. */
  get watermark(): bigint {
    return this.source.startOffset + BigInt(this.#mode.committable)
  }

  /** Aborts when the lane must start nothing more. */
  get laneOver(): AbortSignal {
    return this.#mode.laneOver
  }

  /** Held, and nothing more is run: its lane, or a transaction, has stopped at a record. */
  get isHalted(): boolean {
    return this.state === 'open' && this.#pauses.has('halted')
  }

  /** Set while an operator holds it: the lane starts nothing until then, or until the lease drains. */
  get held(): Promise<void> | undefined {
    return this.#hold?.promise
  }

  /** Takes what the driver fetched. Synchronous; the lane starts in a microtask of its own, never on the driver's stack. */
  receive({ baseOffset, records, nextOffset, endOffset }: ReceivedBatch): void {
    if (this.state !== 'open') return
    const { startOffset } = this.source
    const end = Number(nextOffset - startOffset)
    this.ledger.receive(records.length)
    this.#idleSinceMs = this.parts.clock.now()
    this.nextOffset = nextOffset
    this.endOffset = endOffset
    this.#endDelta = Number(endOffset - startOffset)
    this.#mode.receive(records, Number(baseOffset - startOffset), end)
    this.#arrivals.add(end, this.#idleSinceMs, this.#mode.settled)
    for (const { sizeBytes } of records) this.bufferedBytes += sizeBytes
    this.parts.backPressure.took(this, records)
    this.brake?.received()
    if (this.buffered > 0) this.#wake()
  }

  started(record: ReceivedRecord): void {
    this.ledger.start(record.hasRun ? 'awaiting' : 'queued')
    record.hasRun = true
  }

  handled(): void {
    this.ledger.handled()
  }

  /** The lane's word on a record: final, or it stays in flight because its lane has halted. A promise holds the lane up. */
  decided(record: ReceivedRecord, step: Step): Promise<void> | undefined {
    if (step.kind === 'again') return undefined
    if (step.kind !== 'halted') return this.#mode.finish(record, step)
    this.pauseFor('halted')
    return undefined
  }

  settle(record: ReceivedRecord, as: SettledAs): boolean {
    this.ledger.settle(record.hasRun ? 'awaiting' : 'queued', as)
    if (this.state === 'ended') return false
    this.release(1, record.raw.sizeBytes)
    return true
  }

  settledUpTo(): void {
    if (this.#isCaughtUp || this.#mode.settled < this.#endDelta) return
    this.#isCaughtUp = true
    this.parts.events.emit({ name: 'partition.caught-up', ...this.position(), offset: this.watermark })
  }

  #wake(): void {
    if (this.#running !== undefined || this.#pauses.has('halted') || this.state === 'ended') return
    this.#running = Promise.resolve()
      .then(() => this.#work())
      .finally(() => {
        this.#running = undefined
        this.parts.onIdle()
        if (this.state === 'open' && this.buffered > 0) this.#wake()
      })
  }

  async #work(): Promise<void> {
    await this.#mode.admit()
    await this.parts.run(this)
  }

  pauseFor(reason: PauseReason): void {
    if (this.state === 'ended') return
    if (reason === 'operator' && this.state === 'open') this.#hold ??= Promise.withResolvers()
    this.#pauses.add(reason)
  }

  resumeFrom(reason: PauseReason): void {
    if (this.state === 'ended') return
    if (reason === 'operator') this.#letGo()
    this.#pauses.delete(reason)
  }

  #letGo(): void {
    this.#hold?.resolve()
    this.#hold = undefined
  }

  get isPaused(): boolean {
    return this.#pauses.reasons.length > 0
  }

  /** The driver can't read the partition for this reason, or can again. */
  markReadable(unreadableBecause: string | undefined): void {
    this.#unreadableBecause = unreadableBecause
    this.#idleSinceMs = this.parts.clock.now()
  }

  watched(): WatchedLease {
    const { lease, nextOffset, state } = this
    const isHindered = this.#unreadableBecause !== undefined || this.#pauses.reasons.length > 0
    return {
      ...{ lease, nextOffset, idleSinceMs: this.#idleSinceMs },
      isFetchable: state === 'open' && lease.isLive && !isHindered,
    }
  }

  /** Stops intake, forgets what is queued, ends waits, and resolves when the running attempt has been settled. */
  async drain(reason: 'revoked' | 'shutdown'): Promise<void> {
    if (this.state === 'open') {
      this.state = 'draining'
      this.forgetQueued()
      this.#draining.abort(reason)
      this.#letGo()
    }
    await this.#running
  }

  /** Ends the lease now: the running attempt is interrupted, and nothing settles any more. Returns what was abandoned in all. */
  end(reason: LeaseEnd): number {
    if (this.state === 'ended') return 0
    this.forgetQueued()
    const abort = reason === 'shutdown' ? 'shutdown' : 'revoked'
    this.#draining.abort(abort)
    this.state = 'ended'
    this.parts.backPressure.remove(this)
    this.#ended.abort(abort)
    this.#letGo()
    this.lane.head()?.run?.interrupt(abort)
    this.#mode.end()
    const abandoned = this.ledger.abandoned + this.ledger.inFlight
    this.parts.events.emit({
      name: 'lease.ended',
      ...this.position(),
      generation: this.source.generation,
      reason,
      abandoned,
    })
    return abandoned
  }

  forgetQueued(): void {
    const { count, bytes } = this.#mode.forget()
    this.ledger.settleQueued('abandoned', count)
    this.release(count, bytes)
  }

  release(count: number, bytes: number): void {
    this.bufferedBytes -= bytes
    this.parts.backPressure.released(this, count, bytes)
  }

  position(): { readonly group: string; readonly topic: string; readonly partition: number } {
    const { group, topic, partition } = this.source
    return { group, topic, partition }
  }

  snapshot(): PartitionSnapshot {
    const { ledger, watermark, committed, nextOffset, endOffset, source } = this
    const { queued, running, awaiting, inFlight } = ledger
    const now = this.parts.clock.now()
    const inspected = {
      ...{ head: this.lane.head(), buffered: this.buffered, handler: this.parts.handler.name, isHalted: this.isHalted },
      ...{ isPipeline: this.parts.createPipeline !== undefined, watermark, inFlight, now },
    }
    const [lane, blockedBy] = [inspectLane(inspected), findBlockage(inspected)]
    return {
      topic: source.topic,
      partition: source.partition,
      generation: source.generation,
      watermark,
      committed,
      nextOffset,
      endOffset,
      lag: Math.max(0, Number(endOffset - watermark)),
      inFlight: { queued, running, awaiting },
      oldestUnsettledMs: inFlight === 0 ? 0 : this.#arrivals.ageOfOldest(now, this.#mode.settled),
      pausedBecause: this.#pauses.reasons,
      ...(this.brake?.fingerprint === undefined ? {} : { brakedBy: this.brake.fingerprint }),
      lanes: lane === undefined ? [] : [lane],
      ...(blockedBy === undefined ? {} : { blockedBy }),
      ...(this.#unreadableBecause === undefined ? {} : { unreadableBecause: this.#unreadableBecause }),
      ledger: ledger.counts(),
    }
  }
}

function createMode(host: LeaseHost): LeaseMode {
  const { handler, createPipeline } = host.parts
  if (createPipeline !== undefined) return createPipeline(host)
  return handler.delivery === 'at-most-once' ? new AtMostOnce(host) : new AtLeastOnce(host)
}
