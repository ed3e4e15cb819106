import type { Interval } from './bootstrap-interval.js'
import type { Target } from './workload.js'

export type Verdict = { readonly passed: boolean; readonly sentence: string }

/**
 * Fails only when the whole interval misses the target, so that noise alone turns nothing red. For a minimum, which has no
 * interval of its own, pass the ratio as both ends.
 */
export function gate({ low, high }: Interval, { kind, ratio }: Target): Verdict {
  const passed = { 'at-least': high >= ratio, 'at-most': low <= ratio, contains: low <= ratio && ratio <= high }[kind]
  const wish = { 'at-least': 'at least', 'at-most': 'at most', contains: 'an interval around' }[kind]
  return { passed, sentence: `target ${wish} ${ratio}: ${passed ? 'met' : 'MISSED'}` }
}
