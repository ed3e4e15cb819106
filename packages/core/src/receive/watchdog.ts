import type { Clock, Timer } from '../observe/clock.js'
import type { Logger } from '../observe/logger.js'
import type { Lease } from './driver.js'
import { isSuspect, judgeLease, type Suspicion, type WatchedLease } from './stall.js'

/** Of the limit: how often leases are looked at, and how long their logs may take to answer. */
const tickShare = 1 / 4
const answerShare = 1 / 2

/** A lease that hands nothing over although its log goes on. */
export interface StalledLease {
  readonly watched: WatchedLease
  /** Where its log ends. */
  readonly endOffset: bigint
  /** How long nothing has been handed over, ms. */
  readonly idleMs: number
}

export interface WatchdogParts {
  readonly limitMs: number
  readonly clock: Clock
  readonly log: Logger
  readonly leases: () => readonly WatchedLease[]
  /** `Member.endOffsets` of the member at work. */
  readonly endOffsets: (leases: readonly Lease[], signal: AbortSignal) => Promise<ReadonlyMap<Lease, bigint>>
  /** Called once; nothing is watched after it until the next `start`. */
  readonly onStall: (stalled: readonly StalledLease[]) => void
}

/**
 * Notices a member that lives, heartbeats and hands nothing over. What counts as a stall is decided in `stall.ts`; this is
 * the timer around it: one for all leases of the member, four looks per limit, and a question to the cluster only about
 * leases that have been idle for a while.
 *
 * A question that is not answered is no stall, and neither is a timer that comes late: then this process stood still, and
 * nobody could have handed anything over.
 */
export class Watchdog {
  readonly #suspicions = new Map<Lease, Suspicion>()
  #timer: Timer | undefined
  #over: AbortController | undefined

  constructor(private readonly parts: WatchdogParts) {}

  start(): void {
    this.stop()
    this.#over = new AbortController()
    this.#arm(this.#over.signal)
  }

  stop(): void {
    this.#over?.abort()
    this.#over = undefined
    this.#timer?.cancel()
    this.#suspicions.clear()
  }

  #arm(over: AbortSignal): void {
    const { clock, limitMs } = this.parts
    const tickMs = limitMs * tickShare
    const dueAt = clock.now() + tickMs
    this.#timer = clock.after(tickMs, () => {
      if (clock.now() - dueAt > tickMs) this.#suspicions.clear()
      void this.#look(over).then(() => {
        if (!over.aborted) this.#arm(over)
      })
    })
  }

  async #look(over: AbortSignal): Promise<void> {
    const { clock, limitMs, leases, onStall } = this.parts
    const all = leases()
    for (const lease of this.#suspicions.keys())
      if (!all.some((one) => one.lease === lease)) this.#suspicions.delete(lease)

    const suspects = all.filter((one) => isSuspect(one, this.#suspicions.get(one.lease), clock.now(), limitMs))
    if (suspects.length === 0) return
    const idleSince = new Map(suspects.map(({ lease, idleSinceMs }) => [lease, idleSinceMs]))
    const ends = await this.#ask([...idleSince.keys()], over)
    if (over.aborted) return

    const now = clock.now()
    const stalled: StalledLease[] = []
    for (const watched of leases()) {
      const { lease, idleSinceMs } = watched
      if (idleSince.get(lease) !== idleSinceMs) continue // not asked about, or well again since
      const endOffset = ends.get(lease)
      const verdict = judgeLease(watched, endOffset, this.#suspicions.get(lease), now, limitMs)
      this.#suspicions.set(lease, verdict.suspicion)
      if (verdict.isStalled && endOffset !== undefined) stalled.push({ watched, endOffset, idleMs: now - idleSinceMs })
    }
    if (stalled.length === 0) return
    this.stop()
    onStall(stalled)
  }

  /** Waits for the driver no longer than its share, whatever it does with its signal. */
  async #ask(leases: readonly Lease[], over: AbortSignal): Promise<ReadonlyMap<Lease, bigint>> {
    const { clock, log, limitMs, endOffsets } = this.parts
    const asking = new AbortController()
    const giveUp = (): void => asking.abort()
    over.addEventListener('abort', giveUp, { once: true })
    const limit = clock.wait(limitMs * answerShare, asking.signal)
    try {
      const ends = await Promise.race([endOffsets(leases, asking.signal), limit])
      if (ends === undefined) log.debug({ asked: leases.length }, 'the ends of idle logs were not told in time')
      else if (ends.size < leases.length)
        log.debug({ asked: leases.length, told: ends.size }, 'the ends of some idle logs were not told')
      return ends ?? new Map()
    } catch (err) {
      log.debug({ err }, 'the ends of idle logs could not be asked') // no answer is no stall
      return new Map()
    } finally {
      asking.abort()
      over.removeEventListener('abort', giveUp)
    }
  }
}
