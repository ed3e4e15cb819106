import { type Duration, parseDuration } from '../../option-kinds.js'
import { type InputOf, resolveOptions } from '../../option.js'
import { retryOptions } from '../../options.js'
import type { FailedAttempt } from '../retry-policy.js'
import { type DeclaredRetry, declareRetry } from './declared-retry.js'

/** Options of `customRetry(fn, ...)`. */
export const customRetryOptions = { attempts: retryOptions.attempts } as const

export type CustomRetryOptionsInput = InputOf<typeof customRetryOptions>

const maxDelayMs = 3_600_000
const fallbackMs = 1_000

/**
 * Retries in place after the wait that `wait` names, at most 1 h; undefined gives the record up. Keep it pure. Where it
 * throws or names no duration, the wait is 1 s: a broken rule costs time until the attempts are used up, never a record early.
 */
export function customRetry(
  wait: (failed: FailedAttempt, random: () => number) => Duration | undefined,
  options: CustomRetryOptionsInput = {},
): DeclaredRetry {
  const { value, problems: faults } = resolveOptions(customRetryOptions, options, 'customRetry')
  const problems = [...faults]
  if (typeof wait !== 'function') {
    problems.push({
      where: 'customRetry',
      problem: 'has no function',
      fix: "pass (failed) => '2s', or undefined to give up",
    })
  }
  return declareRetry(value.attempts, problems, (failed, random) => {
    const named = answerOf(() => wait(failed, random))
    return named === undefined ? undefined : Math.min(parseDuration(named) ?? fallbackMs, maxDelayMs)
  })
}

function answerOf(ask: () => unknown): unknown {
  try {
    return ask()
  } catch {
    return null // no duration: the fallback holds, and the failure being retried is the one to report
  }
}
