import type { Answered, Link, Lost } from './link.js'
import { fetchBody, type FetchedPartition, fetchOnce, readBatches, withoutAborted } from './read-log.js'
import { claim } from './violation.js'
import type { World } from './world.js'

/** No multiple of anything else that happens by time. */
const pollMs = 4_321

/** A consumer of one partition that does everything right, and remembers all it was given. */
export class Reader {
  readonly partition: number
  readonly readCommitted: boolean
  readonly seen: { readonly offset: bigint; readonly value: string }[] = []
  readonly #world: World
  readonly #link: Link
  #position = 0n
  #stable = 0n
  #isPolling = false
  #failure: unknown

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

  /** Throws what was found wrong in an answer since. */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Whether a fetch of its waits at the broker. */
  get isPolling(): boolean {
    return this.#isPolling
  }

  /** Fetches what is there. */
  async read(maxBytes: number): Promise<void> {
    if (this.#isPolling) return
    const { partition, readCommitted } = this
    const start = this.#world.starts[partition] ?? 0n
    if (this.#position < start) {
      const gone = await fetchOnce(this.#link, { partition, offset: this.#position, readCommitted })
      claim(gone.errorCode === 1, `a fetch below the start of ${partition} was answered ${gone.errorCode}`)
      this.#position = start
    }
    const found = await fetchOnce(this.#link, { partition, offset: this.#position, readCommitted, maxBytes })
    claim(found.errorCode === 0, `a fetch of ${partition} at ${this.#position} was answered ${found.errorCode}`)
    const batches = this.#take(found)
    const end = readCommitted ? found.lastStableOffset : found.highWatermark
    claim(batches > 0 || this.#position >= end, `nothing was given of ${partition} at ${this.#position}, below ${end}`)
  }

  /** Fetches and lets the fetch wait until there is something, or its time is over. */
  async poll(): Promise<void> {
    if (this.#isPolling || this.#position < (this.#world.starts[this.partition] ?? 0n)) return
    this.#isPolling = true
    const since = this.#world.clock.now()
    const asked = fetchBody({ partition: this.partition, offset: this.#position, readCommitted: this.readCommitted })
    this.#link
      .send('Fetch', 11, { ...asked, maxWaitMs: pollMs, minBytes: 1 })
      .then((answer) => this.#polled(answer, since))
      .catch((error: unknown) => {
        this.#failure ??= error
      })
    await this.#world.clock.settle()
  }

  #polled(answer: Answered<'Fetch'> | Lost, since: number): void {
    this.#isPolling = false
    const found = answer === 'lost' ? undefined : answer.responses[0]?.partitions[0]
    if (found === undefined || found.errorCode === 6) return
    const { partition } = this
    const isDeleted = this.#position < (this.#world.starts[partition] ?? 0n)
    // A late answer may be of before the records were deleted.
    const isExpected = found.errorCode === (isDeleted ? 1 : 0) || (isDeleted && this.#world.isLate)
    claim(isExpected, `a waiting fetch of ${partition} was answered ${found.errorCode}`)
    if (isDeleted) return
    const tookMs = this.#world.clock.now() - since
    const batches = this.#take(found)
    claim(batches > 0 || tookMs >= pollMs, `a fetch of ${partition} found nothing and waited ${tookMs} ms`)
    // Only what another fault holds back comes so late.
    claim(
      batches === 0 || tookMs < pollMs || this.#world.isLate,
      `a fetch of ${partition} was not woken by what it waited for`,
    )
  }

  /** Takes what was given, and says how many batches that was. */
  #take(found: FetchedPartition): number {
    const { partition, readCommitted } = this
    const { highWatermark, lastStableOffset, abortedTransactions, records } = found
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
    return batches.length
  }
}
