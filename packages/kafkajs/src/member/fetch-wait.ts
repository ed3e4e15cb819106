/** How long a broker may hold an empty fetch, ms: with every lease in the request, and at least. */
const LONG_POLL_MS = 500
const SHORTEST_POLL_MS = 10
/** Longest poll while a lease is missing from the request. */
const MISSING_POLL_MS = 250

export interface MissingLease {
  /** For how long it has been paused. */
  readonly pausedForMs?: number
  /** When it may be asked again after a failure. */
  readonly retryInMs?: number
}

/**
 * A connection is one queue: a lease that resumes during a long poll waits for its end. So while some lease is missing
 * from the request the poll is short: a quarter of the time that lease has been away, which bounds what the wait can cost
 * it, and costs next to nothing for one that stays away.
 */
export function fetchWaitMs(missing: Iterable<MissingLease>): number {
  let waitMs = LONG_POLL_MS
  for (const { pausedForMs, retryInMs } of missing) {
    if (pausedForMs !== undefined) waitMs = Math.min(waitMs, pausedForMs / 4, MISSING_POLL_MS)
    else if (retryInMs !== undefined) waitMs = Math.min(waitMs, retryInMs)
  }
  return Math.max(SHORTEST_POLL_MS, Math.round(waitMs))
}
