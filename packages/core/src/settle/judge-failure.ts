import { isOutage } from '../observe/outage.js'
import type { HandlerPlan } from '../declare/plan.js'
import type { FailedAttempt, RetryPolicy } from '../declare/retry-policy.js'
import type { HoldReason } from '../observe/events.js'
import type { Failure } from '../process/outcome.js'

const firstOutageMs = 1_000
const maxOutageMs = 30_000
const fallbackMs = 1_000
const maxDelayMs = 3_600_000

/** What is to be done about a failed attempt. */
export type Verdict =
  | { readonly kind: 'wait'; readonly delayMs: number }
  /** Nothing of the record's: it runs again as if it had not run. */
  | { readonly kind: 'hold'; readonly reason: HoldReason; readonly delayMs: number }
  | { readonly kind: 'give-up'; readonly failure: Failure; readonly topic: string }
  | { readonly kind: 'halt'; readonly failure: Failure }
  | { readonly kind: 'skip'; readonly failure: Failure; readonly reason: string }

export type FailurePolicy = Pick<HandlerPlan, 'delivery' | 'retry' | 'isRetriable' | 'exhaustion'>

/** Decides about a failed attempt. Pure: plan, attempt and error in, verdict out. */
export function judgeFailure(
  failure: Failure,
  {
    attempt,
    waitedMs,
    outages = 0,
  }: { readonly attempt: number; readonly waitedMs: number; readonly outages?: number },
  policy: FailurePolicy,
  random: () => number,
): Verdict {
  if (policy.delivery === 'at-most-once') return { kind: 'skip', failure, reason: 'at-most-once' }
  if (!failure.isFinal && isOutage(failure.error))
    return { kind: 'hold', reason: 'dependency-down', delayMs: failure.retryAfterMs ?? outageDelay(outages, random) }

  const delayMs = delayBeforeNext(failure, attempt, waitedMs, policy, random)
  if (delayMs !== undefined) return { kind: 'wait', delayMs }

  const { exhaustion } = policy
  switch (exhaustion.kind) {
    case 'dead-letter':
      return { kind: 'give-up', failure, topic: exhaustion.topic }
    case 'halt':
      return { kind: 'halt', failure }
    case 'skip':
      return { kind: 'skip', failure, reason: failure.stage === 'route' ? 'unroutable' : 'exhausted' }
    default:
      return unreachable(exhaustion)
  }
}

function delayBeforeNext(
  { error, retryAfterMs, isFinal }: Failure,
  attempt: number,
  waitedMs: number,
  { retry, isRetriable }: FailurePolicy,
  random: () => number,
): number | undefined {
  if (isFinal) return undefined
  if (retryAfterMs !== undefined) return attempt < retry.maxAttempts ? retryAfterMs : undefined
  return isRetriable(error) ? waitOf(retry, { attempt, waitedMs, error }, random) : undefined
}

/** Doubles from 1 s to 30 s. Half of it is drawn, so that many partitions do not come back at once, and never without a pause. */
const outageDelay = (outages: number, random: () => number): number =>
  Math.round((Math.min(maxOutageMs, firstOutageMs * 2 ** outages) * (1 + random())) / 2)

/** A policy that somebody wrote by hand may throw or answer nonsense: that costs time, never a record early. */
function waitOf(retry: RetryPolicy, failed: FailedAttempt, random: () => number): number | undefined {
  try {
    const delayMs = retry.delayAfter(failed, random)
    if (delayMs === undefined) return undefined
    return Number.isNaN(delayMs) ? fallbackMs : Math.min(Math.max(0, delayMs), maxDelayMs)
  } catch {
    return failed.attempt < retry.maxAttempts ? fallbackMs : undefined // the failure being retried is the one to report
  }
}

const unreachable = (value: never): never => {
  throw new TypeError(`unknown exhaustion policy ${String(value)}`)
}
