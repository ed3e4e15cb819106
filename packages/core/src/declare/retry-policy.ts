/** What is known when an attempt has failed. */
export interface FailedAttempt {
  /** The attempt that failed, from 1. */
  readonly attempt: number
  /** Waits of this record so far, ms. */
  readonly waitedMs: number
  readonly error: unknown
}

/** Decides how long to wait before the next attempt. Pure: the random source is passed in. */
export interface RetryPolicy {
  /** The wait in ms, or undefined when the record is exhausted. */
  delayAfter(failed: FailedAttempt, random: () => number): number | undefined
  /** Runs in all, the first included; Infinity where the policy sets no limit. */
  readonly maxAttempts: number
}
