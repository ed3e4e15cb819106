import { type FinalStep, type Forgotten, type LeaseHost, type LeaseMode, settledAs } from './lease-mode.js'
import type { LeaseWatermark } from './partition-parts.js'
import type { RawRecord } from './record.js'
import type { ReceivedRecord } from './received-record.js'

/** A record is decided and settled in one step, and the watermark is what may be committed. */
export class AtLeastOnce implements LeaseMode {
  readonly held = 0
  readonly #watermark: LeaseWatermark

  constructor(private readonly host: LeaseHost) {
    this.#watermark = host.parts.createWatermark()
  }

  get committable(): number {
    return this.#watermark.committable
  }

  get settled(): number {
    return this.#watermark.committable
  }

  get laneOver(): AbortSignal {
    return this.host.draining
  }

  receive(records: readonly RawRecord[], shift: number, end: number): void {
    for (const { offsetDelta } of records) this.#watermark.receive(shift + offsetDelta)
    this.#watermark.closeBatch(end)
    this.host.lane.push(records, shift)
    if (this.host.lane.size === 0) this.#moved(0)
  }

  admit(): undefined {
    return undefined
  }

  finish(record: ReceivedRecord, { kind }: FinalStep): undefined {
    if (!this.host.settle(record, settledAs[kind]) || kind === 'abandoned') return
    this.#watermark.settle(record.delta)
    this.#moved(1)
  }

  forget(): Forgotten {
    return this.host.lane.clearBehindHead()
  }

  end(): void {
    // What is left in flight is read again by the next owner.
  }

  #moved(count: number): void {
    this.host.parts.onSettled(count)
    this.host.settledUpTo()
  }
}
