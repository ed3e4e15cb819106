import type { Lease } from './driver.js'

/** A lease as the watchdog sees it at one moment. */
export interface WatchedLease {
  readonly lease: Lease
  /** Open, with room, and readable as far as anybody has said: the driver owes it what its log holds. */
  readonly isFetchable: boolean
  /** Since when it is fetchable and nothing was handed over. */
  readonly idleSinceMs: number
  readonly nextOffset: bigint
}

/** What is remembered of an idle lease. It counts as long as the lease has been idle since the same moment. */
export interface Suspicion {
  readonly idleSinceMs: number
  readonly askedAtMs: number
  /** Since when its log is known to go on behind its position. */
  readonly aheadSinceMs: number | undefined
}

/** How long a lease is idle before its log is asked, as a share of the limit. */
const idleShare = 1 / 4

const stillCounts = (watched: WatchedLease, before: Suspicion | undefined): before is Suspicion =>
  before?.idleSinceMs === watched.idleSinceMs

/** Whether the log of a lease must be asked now: an idle topic once per limit, one that was ahead when the limit is over. Pure. */
export function isSuspect(watched: WatchedLease, before: Suspicion | undefined, now: number, limitMs: number): boolean {
  if (!watched.isFetchable || now - watched.idleSinceMs < limitMs * idleShare) return false
  if (!stillCounts(watched, before)) return true
  return now - (before.aheadSinceMs ?? before.askedAtMs) >= limitMs
}

/**
 * The rule: a lease with room, whose log has been known to go on for the whole limit while nothing was handed over, is
 * stalled. A log whose end can't be told changes nothing, so that the same question is asked again. Pure.
 */
export function judgeLease(
  watched: WatchedLease,
  endOffset: bigint | undefined,
  earlier: Suspicion | undefined,
  now: number,
  limitMs: number,
): { readonly suspicion: Suspicion; readonly isStalled: boolean } {
  const { idleSinceMs, nextOffset, isFetchable } = watched
  const before = stillCounts(watched, earlier) ? earlier.aheadSinceMs : undefined
  const isAhead = endOffset !== undefined && endOffset > nextOffset
  const aheadSinceMs = endOffset === undefined ? before : isAhead ? (before ?? now) : undefined
  return {
    suspicion: { idleSinceMs, askedAtMs: now, aheadSinceMs },
    isStalled: isFetchable && isAhead && before !== undefined && now - before >= limitMs,
  }
}
