import type { Problem } from '../../error-entry.js'
import type { FailedAttempt, RetryPolicy } from '../retry-policy.js'

/** A policy of ours. Wrong options do not throw where they are written: the plan lists them with all other problems. */
export interface DeclaredRetry extends RetryPolicy {
  readonly problems: readonly Problem[]
}

/** A policy that gives up after `attempts` runs and otherwise waits as `delayAfter` says. */
export const declareRetry = (
  attempts: number,
  problems: readonly Problem[],
  delayAfter: RetryPolicy['delayAfter'],
): DeclaredRetry =>
  Object.freeze({
    maxAttempts: attempts,
    problems: Object.freeze([...problems]),
    delayAfter: (failed: FailedAttempt, random: () => number) =>
      failed.attempt < attempts ? delayAfter(failed, random) : undefined,
  })

export const noRetry: RetryPolicy = declareRetry(1, [], () => undefined)
