import { bootstrapInterval, type Interval } from './bootstrap-interval.js'
import { median } from './median.js'
import type { Pair } from './paired-runs.js'
import { seededRandom } from './seeded-random.js'
import type { ContestWorkload, Run } from './workload.js'

export type Comparison = {
  /** The number that the gate looks at: median of the pairs, or minimum over minimum. */
  readonly ratio: number
  readonly interval: Interval
  readonly ours: Summary
  readonly baseline: Summary
}
export type Summary = {
  readonly recordsPerSecond: number
  readonly microsPerRecord: number
  readonly cpuSecondsPerMillion: number
}

type How = Pick<ContestWorkload, 'kind' | 'metric' | 'confidence'> & { readonly seed: number }

/** From pairs of runs to one ratio with its interval, and the absolute figures behind it. */
export function comparePairs(pairs: readonly Pair[], { kind, metric, confidence, seed }: How): Comparison {
  const pick = kind === 'minimum' ? (values: readonly number[]) => Math.min(...values) : median
  const costRatios = pairs.map(({ ours, baseline }) => secondsPerRecord(ours) / secondsPerRecord(baseline))
  const ratios = metric === 'cost' ? costRatios : costRatios.map((ratio) => 1 / ratio)
  const ours = summarise(
    pairs.map((pair) => pair.ours),
    pick,
  )
  const baseline = summarise(
    pairs.map((pair) => pair.baseline),
    pick,
  )
  const ofMinima = ours.microsPerRecord / baseline.microsPerRecord
  const options = { random: seededRandom(seed), ...(confidence === undefined ? {} : { confidence }) }
  return {
    ratio: kind === 'paired' ? median(ratios) : metric === 'cost' ? ofMinima : 1 / ofMinima,
    interval: bootstrapInterval(ratios, options),
    ours,
    baseline,
  }
}

const secondsPerRecord = (run: Run): number => run.seconds / run.records

function summarise(runs: readonly Run[], pick: (values: readonly number[]) => number): Summary {
  const seconds = pick(runs.map(secondsPerRecord))
  return {
    recordsPerSecond: 1 / seconds,
    microsPerRecord: seconds * 1e6,
    cpuSecondsPerMillion: pick(runs.map((run) => (run.cpuSeconds / run.records) * 1e6)),
  }
}
