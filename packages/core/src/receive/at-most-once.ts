import { HeldRecords } from './held-records.js'
import { type FinalStep, type Forgotten, type LeaseHost, type LeaseMode, settledAs } from './lease-mode.js'
import type { LeaseWatermark } from './partition-parts.js'
import type { RawRecord } from './record.js'
import type { ReceivedRecord } from './received-record.js'

/**
 * Records are held back and admitted to the lane in chunks, each after its end was committed. From then on nobody else
 * would read them, so a drain lets the admitted chunk finish, and what is cut off by the end of the lease is skipped.
 */
export class AtMostOnce implements LeaseMode {
  readonly #held = new HeldRecords()
  readonly #watermark: LeaseWatermark

  constructor(private readonly host: LeaseHost) {
    this.#watermark = host.parts.createWatermark()
  }

  get held(): number {
    return this.#held.size
  }

  get committable(): number {
    return this.#held.admittedEnd
  }

  get settled(): number {
    return this.#watermark.committable
  }

  get laneOver(): AbortSignal {
    return this.host.ended
  }

  receive(records: readonly RawRecord[], shift: number, end: number): void {
    for (const { offsetDelta } of records) this.#watermark.receive(shift + offsetDelta)
    this.#watermark.closeBatch(end)
    this.#held.push(records, shift, end)
    if (this.#held.size + this.host.lane.size === 0) this.#moved(0)
  }

  admit(): Promise<void> | undefined {
    return this.host.lane.size === 0 ? this.#admitNext() : undefined
  }

  finish(record: ReceivedRecord, { kind }: FinalStep): undefined {
    const isLost = kind === 'abandoned'
    if (!this.host.settle(record, isLost ? 'skipped' : settledAs[kind]) || isLost) return
    this.#watermark.settle(record.delta)
    this.#moved(1)
  }

  forget(): Forgotten {
    return this.#held.clear()
  }

  /** Nobody reads again what is, or may just be, committed. */
  end(): void {
    const { lane, ledger } = this.host
    this.#held.withdraw()
    ledger.settleQueued('skipped', lane.clearBehindHead().count + this.#held.clear().count)
  }

  /** Commits the end of the next chunk, and only then hands the chunk to the lane. */
  async #admitNext(): Promise<void> {
    const { host } = this
    const { clock, flush } = host.parts
    const chunk = this.#held.announce()
    while (host.committed < host.watermark) {
      await flush() // once more after a drain began in the pause: another commit may be on its way
      if (host.committed >= host.watermark || host.state !== 'open') break
      await clock.wait(1_000, host.draining)
    }
    if (host.ended.aborted) return // what was announced is counted as skipped
    if (host.committed < host.watermark) {
      this.#held.withdraw()
      host.forgetQueued() // not committed, so not handed over: the next owner gets it
      return
    }
    for (const { records, shift } of chunk) host.lane.push(records, shift)
    this.#held.admitted()
  }

  #moved(count: number): void {
    this.host.parts.onSettled(count)
    this.host.settledUpTo()
  }
}
