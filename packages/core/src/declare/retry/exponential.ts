import { resolveOptions } from '../../option.js'
import { retryOptions } from '../../options.js'
import type { RetryOptionsInput } from '../../options-input.js'
import { type DeclaredRetry, declareRetry } from './declared-retry.js'

/**
 * Retries in place with waits that double: 4 attempts, waits of up to 200, 400 and 800 ms with full jitter. Where attempts
 * are raised the waits grow to 5 s each and 15 s in all. The lane waits meanwhile, so the order of its records holds.
 */
export function exponential(options: RetryOptionsInput = {}): DeclaredRetry {
  const where = 'exponential'
  const { value, problems: faults } = resolveOptions(retryOptions, options, where)
  const { attempts, initialDelayMs, maxDelayMs, budgetMs, jitter } = value

  const problems = [...faults]
  if (initialDelayMs > maxDelayMs) {
    const fix = 'make initialDelay the shorter one'
    problems.push({ where: `${where}: initialDelay`, problem: 'is longer than maxDelay', fix })
  }
  if (initialDelayMs > budgetMs && attempts > 1) {
    const fix = 'raise the budget, or use attempts: 1'
    problems.push({
      where: `${where}: budget`,
      problem: 'is shorter than initialDelay, so nothing may be retried',
      fix,
    })
  }
  return declareRetry(attempts, problems, ({ attempt, waitedMs }, random) => {
    const longestMs = Math.min(initialDelayMs * 2 ** (attempt - 1), maxDelayMs)
    const delayMs = jitter === 'full' ? Math.round(longestMs * random()) : longestMs
    return waitedMs + delayMs <= budgetMs ? delayMs : undefined
  })
}
