import { isMillraceError } from '../millrace-error.js'
import type { Clock, Timer } from '../observe/clock.js'
import type { Events } from '../observe/events.js'
import { errorFrom } from '../observe/thrown.js'
import type { Lease, LeaseCommit } from '../receive/driver.js'

const retryFlushMs = 100

/** A lease as the committer sees it. */
export interface Committable {
  readonly lease: Lease
  /** The next offset such that everything before it is settled: what may be committed, never more. */
  readonly watermark: bigint
  committed: bigint
}

export interface CommitterParts {
  readonly group: string
  readonly intervalMs: number
  readonly records: number
  readonly clock: Clock
  readonly events: Events
  /** All live leases of the member. */
  readonly leases: () => Iterable<Committable>
  /** Aborts when the member is gone. */
  readonly signal: AbortSignal
  readonly commit: (commits: readonly LeaseCommit[], signal: AbortSignal) => Promise<void>
}

/**
 * Commits watermarks: one request for all leases, one in flight, as soon as enough records have settled or the interval
 * has passed. A failed commit is an event and is made again with the positions of that moment, as long as the lease lives.
 */
export class Committer {
  done = 0
  failed = 0
  #settled = 0
  /** The watermark moved without a record: no count says so. */
  #hasPassedGap = false
  #timer: Timer | undefined
  #inFlight: Promise<boolean> | undefined
  #lastAt: number

  constructor(private readonly parts: CommitterParts) {
    this.#lastAt = parts.clock.now() - parts.intervalMs
  }

  /** `count` more records are settled; 0 where the watermark moved without a record. */
  settled(count: number): void {
    this.#settled += count
    if (count === 0) this.#hasPassedGap = true
    if (this.#settled >= this.parts.records) this.#start()
    else this.#arm()
  }

  /** Nothing is left to work on: no reason to wait, unless a commit was just made. */
  idle(): void {
    if (this.#settled > 0 && this.parts.clock.now() - this.#lastAt >= this.parts.intervalMs) this.#start()
  }

  /**
   * Commits what can be committed now. A failure is tried again until the signal aborts, at least once in all: what is
   * settled and not committed when a lease ends would be done twice.
   */
  async flush(until: AbortSignal): Promise<void> {
    do {
      if (this.#inFlight !== undefined) await this.#inFlight
      this.#start() // where the end of that one has started another, it carries the positions of now as well
      if ((await this.#pending()) !== false) return
      await this.parts.clock.wait(retryFlushMs, until)
    } while (!until.aborted)
  }

  #pending(): Promise<boolean> | undefined {
    return this.#inFlight
  }

  #arm(): void {
    this.#timer ??= this.parts.clock.after(this.parts.intervalMs, () => this.#start())
  }

  /** Stops the timer. What was settled since the last commit is left to `flush`. */
  close(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #start(): void {
    this.close()
    if (this.#inFlight !== undefined) return // its end looks again
    const moved = this.#moved()
    const records = this.#settled
    this.#settled = 0
    this.#hasPassedGap = false
    if (moved.length === 0) return
    this.#inFlight = this.#commit(moved, records).then((isAnswered) => {
      this.#inFlight = undefined
      if (isAnswered && this.#settled >= this.parts.records) this.#start()
      else if (!isAnswered || this.#settled > 0 || this.#hasPassedGap) this.#arm() // after a failure too: never a loop without a pause
      return isAnswered
    })
  }

  #moved(): readonly Committable[] {
    return [...this.parts.leases()].filter(({ lease, watermark, committed }) => lease.isLive && watermark > committed)
  }

  /** False when it failed and may be tried again. */
  async #commit(moved: readonly Committable[], records: number): Promise<boolean> {
    const { group, events, clock, commit, signal } = this.parts
    const commits = moved.map(({ lease, watermark }) => ({ lease, offset: watermark }))
    this.#lastAt = clock.now()
    try {
      await commit(commits, signal)
      moved.forEach((target, at) => (target.committed = commits[at]?.offset ?? target.committed))
      this.done += 1
      events.emit({ name: 'commit.done', group, partitions: commits.length, records })
      return true
    } catch (thrown) {
      this.failed += 1
      const error = errorFrom(thrown)
      const isRefused =
        isMillraceError(thrown, 'MILLRACE_DRIVER_COMMIT_REFUSED') ||
        isMillraceError(thrown, 'MILLRACE_DRIVER_LEASE_ENDED')
      events.emit({ name: isRefused ? 'commit.refused' : 'commit.failed', group, error })
      // One lease that has ended takes the request along: the others are asked for again.
      const isOver =
        isMillraceError(thrown, 'MILLRACE_DRIVER_COMMIT_REFUSED') || !moved.some(({ lease }) => lease.isLive)
      if (!isOver) this.#settled += records
      return isOver
    }
  }
}
