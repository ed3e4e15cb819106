import {
  judgeBatch,
  outOfOrder,
  type ProducerWindow,
  type SequenceVerdict,
  withBatch,
  withMarker,
} from './producer-windows.js'
import { type BatchHeader, isTransactional } from './record-batch.js'

/** Kafka's `producer.id.expiration.ms`. */
const expiryMs = 24 * 60 * 60 * 1000
/** Beyond it the oldest idle ones are forgotten, which lets them begin anywhere, as after their expiry. */
const maxProducers = 10_000

/** The idempotent producers that one partition knows, and which of them have a transaction open in it. */
export class Producers {
  readonly #windows = new Map<bigint, ProducerWindow>()
  /** By producer id, in the order of first offsets: a transaction begins at the log's end. */
  readonly #open = new Map<bigint, bigint>()
  /**
   * The lowest sequence that a transaction tried here before anything of it was written. It may begin with no higher one, which keeps a
   * later batch from overtaking the first (KIP-890). Forgotten with its first write or its marker.
   */
  readonly #lowestTried = new Map<bigint, number>()

  judge(header: BatchHeader): SequenceVerdict {
    const { producerId, baseSequence } = header
    const verdict = judgeBatch(this.#windows.get(producerId), header)
    if (!isTransactional(header) || this.#open.has(producerId)) return verdict
    const lowest = Math.min(baseSequence, this.#lowestTried.get(producerId) ?? baseSequence)
    this.#lowestTried.set(producerId, lowest)
    return verdict.kind === 'next' && baseSequence > lowest ? outOfOrder : verdict
  }

  isOpen(producerId: bigint): boolean {
    return this.#open.has(producerId)
  }

  /** First offset of the earliest open transaction. */
  get firstOpenOffset(): bigint | undefined {
    return this.#open.values().next().value
  }

  open(): { producerId: bigint; firstOffset: bigint }[] {
    return [...this.#open].map(([producerId, firstOffset]) => ({ producerId, firstOffset }))
  }

  written(header: BatchHeader, o: { baseOffset: bigint; maxTimestamp: bigint; opens: boolean; now: number }): void {
    const { producerId } = header
    const before = this.#windows.get(producerId)
    this.#makeRoomFor(producerId)
    this.#windows.set(producerId, withBatch(before, header, o, o.now))
    if (!o.opens) return
    this.#lowestTried.delete(producerId)
    if (!this.#open.has(producerId)) this.#open.set(producerId, o.baseOffset)
  }

  /** Returns where the transaction began; undefined for one that wrote nothing here. */
  ended(producerId: bigint, producerEpoch: number, now: number): bigint | undefined {
    this.#makeRoomFor(producerId)
    this.#windows.set(producerId, withMarker(this.#windows.get(producerId), producerEpoch, now))
    const firstOffset = this.#open.get(producerId)
    this.#open.delete(producerId)
    this.#lowestTried.delete(producerId)
    return firstOffset
  }

  expire(now: number): void {
    for (const [producerId, { lastWriteMs }] of this.#windows) {
      if (now - lastWriteMs >= expiryMs && !this.#open.has(producerId)) this.#windows.delete(producerId)
    }
  }

  #makeRoomFor(producerId: bigint): void {
    if (this.#windows.has(producerId) || this.#windows.size < maxProducers) return
    let oldest: bigint | undefined
    let since = Infinity
    for (const [known, { lastWriteMs }] of this.#windows) {
      if (lastWriteMs >= since || this.#open.has(known)) continue
      oldest = known
      since = lastWriteMs
    }
    if (oldest !== undefined) this.#windows.delete(oldest)
  }
}
