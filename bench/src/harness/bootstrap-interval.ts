import { median } from './median.js'

export type Interval = { readonly low: number; readonly high: number }

/** The percentile interval of the median: medians of samples drawn with replacement, cut off equally on both sides. */
export function bootstrapInterval(
  values: readonly number[],
  { random, confidence = 0.95, rounds = 10_000 }: { random: () => number; confidence?: number; rounds?: number },
): Interval {
  if (values.length === 0) throw new RangeError('an interval needs at least one value')
  const draw = (): number => values[Math.floor(random() * values.length)] ?? Number.NaN
  const medians = Array.from({ length: rounds }, () => median(Array.from(values, draw))).sort((a, b) => a - b)
  const cut = Math.floor(((1 - confidence) / 2) * rounds)
  return { low: medians[cut] ?? Number.NaN, high: medians[rounds - 1 - cut] ?? Number.NaN }
}
