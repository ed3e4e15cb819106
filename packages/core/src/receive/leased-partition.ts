import type { LeaseEnd, PauseReason } from '../observe/events.js'
import { Ledger, type SettledAs } from '../observe/ledger.js'
import type { PartitionSnapshot } from '../observe/snapshot.js'
import { Arrivals } from './arrivals.js'
import type { Lease } from './driver.js'
import { HeldRecords } from './held-records.js'
import type { LeaseLane, LeaseWatermark, PartitionParts } from './partition-parts.js'
import { Pauses } from './pauses.js'
import type { ReceivedBatch } from './record.js'
import type { ReceivedRecord, RecordSource } from './received-record.js'
import type { WatchedLease } from './stall.js'

const settledAs: Readonly<Record<'processed' | 'retried' | 'dead-lettered' | 'skipped' | 'abandoned', SettledAs>> = {
  processed: 'processed',
  retried: 'retried',
  'dead-lettered': 'deadLettered',
  skipped: 'skipped',
  abandoned: 'abandoned',
}

/**
 * One lease at work: what it holds, how far it is settled, and how it ends.
 *
 * States: `open` takes batches and runs them. `draining` takes nothing, has forgotten what was queued, and lets the running
 * attempt finish. `ended` settles nothing any more: whatever still comes back is dropped.
 *
 * In at-most-once mode records are held back and admitted to the lane in chunks, each after its end was committed. From
 * then on nobody else would read them, so a drain lets the admitted chunk finish.
 */
export class LeasedPartition {
  state: 'open' | 'draining' | 'ended' = 'open'
  readonly ledger = new Ledger()
  readonly source: RecordSource
  readonly lane: LeaseLane
  committed: bigint
  nextOffset: bigint
  endOffset: bigint
  bufferedBytes = 0
  /** Since when nothing was handed over and nothing stood in the way of it. */
  #idleSinceMs: number
  #unreadableBecause: string | undefined
  readonly #draining = new AbortController()
  readonly #ended = new AbortController()
  readonly #watermark: LeaseWatermark
  readonly #pauses: Pauses
  readonly #held = new HeldRecords()
  #endDelta = 0
  #running: Promise<void> | undefined
  #isCaughtUp = false
  readonly #arrivals = new Arrivals()

  constructor(
    readonly lease: Lease,
    group: string,
    private readonly parts: PartitionParts,
  ) {
    const { topic, partition, epoch: generation, startOffset } = lease
    this.source = { group, topic, partition, generation, startOffset }
    this.lane = parts.createLane(this.source)
    this.#watermark = parts.createWatermark()
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
    return this.lane.size + this.#held.size
  }

  /** What may be committed: everything before it is settled, or in at-most-once mode about to be handed over. */
  get watermark(): bigint {
    return this.source.startOffset + BigInt(this.#committable)
  }

  /** Aborts when the lane must start nothing more. */
  get laneOver(): AbortSignal {
    return this.#isAtMostOnce ? this.ended : this.draining
  }

  get #committable(): number {
    return this.#isAtMostOnce ? this.#held.admittedEnd : this.#watermark.committable
  }

  get #isAtMostOnce(): boolean {
    return this.parts.handler.delivery === 'at-most-once'
  }

  /** Takes what the driver fetched. Synchronous; the lane starts in a microtask of its own, never on the driver's stack. */
  receive(batch: ReceivedBatch): void {
    if (this.state !== 'open') return
    const { startOffset } = this.source
    const shift = Number(batch.baseOffset - startOffset)
    this.ledger.receive(batch.records.length)
    for (const { offsetDelta } of batch.records) this.#watermark.receive(shift + offsetDelta)
    this.#watermark.closeBatch(Number(batch.nextOffset - startOffset))
    this.#idleSinceMs = this.parts.clock.now()
    this.#arrivals.add(Number(batch.nextOffset - startOffset), this.#idleSinceMs, this.#watermark.committable)
    this.nextOffset = batch.nextOffset
    this.endOffset = batch.endOffset
    this.#endDelta = Number(batch.endOffset - startOffset)

    if (this.#isAtMostOnce) this.#held.push(batch.records, shift, Number(batch.nextOffset - startOffset))
    else this.lane.push(batch.records, shift)
    for (const { sizeBytes } of batch.records) this.bufferedBytes += sizeBytes
    this.parts.backPressure.took(this, batch.records)
    if (this.buffered > 0) this.#wake()
    else this.#settledUpTo(0)
  }

  started(record: ReceivedRecord): void {
    this.ledger.start(record.hasRun ? 'awaiting' : 'queued')
    record.hasRun = true
  }

  handled(): void {
    this.ledger.handled()
  }

  /** The lane's word on a record: settles it, or leaves it in flight when its lane has halted. */
  decided(record: ReceivedRecord, step: { readonly kind: keyof typeof settledAs | 'halted' | 'again' }): void {
    if (step.kind === 'halted' || step.kind === 'again') {
      if (step.kind === 'halted') this.pauseFor('halted')
      return
    }
    const isLost = step.kind === 'abandoned' && this.#isAtMostOnce
    this.ledger.settle(record.hasRun ? 'awaiting' : 'queued', isLost ? 'skipped' : settledAs[step.kind])
    if (this.state === 'ended') return
    this.#release(1, record.raw.sizeBytes)
    if (step.kind === 'abandoned') return
    this.#watermark.settle(record.delta)
    this.#settledUpTo(1)
  }

  #settledUpTo(count: number): void {
    this.parts.onSettled(count)
    if (this.#isCaughtUp || this.#watermark.committable < this.#endDelta) return
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
    if (this.#isAtMostOnce && this.lane.size === 0) await this.#admit()
    await this.parts.run(this)
  }

  /** At-most-once: commits the end of the next chunk, and only then hands the chunk to the lane. */
  async #admit(): Promise<void> {
    const chunk = this.#held.announce()
    while (this.committed < this.watermark) {
      await this.parts.flush() // once more after a drain began in the pause: another commit may be on its way
      if (this.committed >= this.watermark || this.state !== 'open') break
      await this.parts.clock.wait(1_000, this.draining)
    }
    if (this.state === 'ended') return // what was announced is counted as skipped
    if (this.committed < this.watermark) {
      this.#held.withdraw()
      this.#forgetQueued() // not committed, so not handed over: the next owner gets it
      return
    }
    for (const { records, shift } of chunk) this.lane.push(records, shift)
    this.#held.admitted()
  }

  pauseFor(reason: PauseReason): void {
    if (this.state !== 'ended') this.#pauses.add(reason)
  }

  resumeFrom(reason: PauseReason): void {
    if (this.state !== 'ended') this.#pauses.delete(reason)
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
      this.#forgetQueued()
      this.#draining.abort(reason)
    }
    await this.#running
  }

  /** Ends the lease now: the running attempt is interrupted, and nothing settles any more. Returns what was abandoned in all. */
  end(reason: LeaseEnd): number {
    if (this.state === 'ended') return 0
    this.#forgetQueued()
    const abort = reason === 'shutdown' ? 'shutdown' : 'revoked'
    this.#draining.abort(abort)
    this.state = 'ended'
    this.parts.backPressure.remove(this)
    this.#ended.abort(abort)
    this.lane.head()?.run?.interrupt(abort)
    if (this.#isAtMostOnce) this.#skipAdmitted()
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

  #forgetQueued(): void {
    const queued = this.#isAtMostOnce ? this.#held.clear() : this.lane.clearBehindHead()
    this.ledger.settleQueued('abandoned', queued.count)
    this.#release(queued.count, queued.bytes)
  }

  /** The lease of an at-most-once partition is over: nobody reads again what is, or may just be, committed. */
  #skipAdmitted(): void {
    this.#held.withdraw()
    this.ledger.settleQueued('skipped', this.lane.clearBehindHead().count + this.#held.clear().count)
  }

  #release(count: number, bytes: number): void {
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
      oldestUnsettledMs:
        inFlight === 0 ? 0 : this.#arrivals.ageOfOldest(this.parts.clock.now(), this.#watermark.committable),
      pausedBecause: this.#pauses.reasons,
      ...(this.#unreadableBecause === undefined ? {} : { unreadableBecause: this.#unreadableBecause }),
      ledger: ledger.counts(),
    }
  }
}
