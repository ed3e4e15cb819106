import type { Link } from './link.js'
import { fetchOnce, readBatches, withoutAborted } from './read-log.js'
import { claim } from './violation.js'
import type { World } from './world.js'

/** A consumer of one partition that does everything right, and remembers all it was given. */
export class Reader {
  readonly partition: number
  readonly readCommitted: boolean
  readonly seen: { readonly offset: bigint; readonly value: string }[] = []
  readonly #world: World
  readonly #link: Link
  #position = 0n
  #stable = 0n

  constructor(world: World, partition: number, readCommitted: boolean) {
    this.#world = world
    this.partition = partition
    this.readCommitted = readCommitted
    this.#link = world.link(`reader-${partition}-${readCommitted ? 'committed' : 'all'}`)
  }

  /** Up to here it has read. */
  get position(): bigint {
    return this.#position
  }

  async read(maxBytes: number): Promise<void> {
    const { partition, readCommitted } = this
    const start = this.#world.starts[partition] ?? 0n
    if (this.#position < start) {
      const gone = await fetchOnce(this.#link, { partition, offset: this.#position, readCommitted })
      claim(gone.errorCode === 1, `a fetch below the start of ${partition} was answered ${gone.errorCode}`)
      this.#position = start
    }
    const found = await fetchOnce(this.#link, { partition, offset: this.#position, readCommitted, maxBytes })
    const { errorCode, highWatermark, lastStableOffset, abortedTransactions, records } = found
    claim(errorCode === 0, `a fetch of ${partition} at ${this.#position} was answered ${errorCode}`)
    claim(
      lastStableOffset <= highWatermark,
      `partition ${partition} is stable up to ${lastStableOffset}, beyond ${highWatermark}`,
    )
    claim(
      lastStableOffset >= this.#stable,
      `the last stable offset of ${partition} went back from ${this.#stable} to ${lastStableOffset}`,
    )
    this.#stable = lastStableOffset
    claim(
      (abortedTransactions === null) === !readCommitted,
      `the aborted list of ${partition} is ${abortedTransactions === null ? 'missing' : 'there'}`,
    )
    const batches = readBatches(records ?? Buffer.alloc(0))
    const end = readCommitted ? lastStableOffset : highWatermark
    claim(
      batches.length > 0 || this.#position >= end,
      `nothing was given of ${partition} at ${this.#position}, below ${end}`,
    )
    for (const { baseOffset, lastOffset } of batches) {
      claim(
        lastOffset >= this.#position && lastOffset < end,
        `a batch of ${partition} ends at ${lastOffset}, not between ${this.#position} and ${end}`,
      )
      claim(baseOffset <= this.#position || lastOffset > this.#position, `a batch of ${partition} came twice`)
    }
    const kept = readCommitted ? withoutAborted(batches, abortedTransactions) : batches
    for (const record of kept.flatMap((batch) => batch.records))
      if (record.offset >= this.#position) this.seen.push(record)
    this.#position = (batches.at(-1)?.lastOffset ?? this.#position - 1n) + 1n
  }
}
