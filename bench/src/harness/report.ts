import type { Comparison, Summary } from './compare-pairs.js'
import type { Verdict } from './gate.js'
import { machineInWords, measuredCommit } from './machine.js'
import type { Contest, ContestWorkload, LimitWorkload } from './workload.js'

export type Repeat = { readonly workload: string; readonly pairs: number; readonly seed: number }

/** All that is needed to believe a ratio, and to repeat it. */
export function contestReport(
  workload: ContestWorkload,
  contest: Contest,
  { ratio, interval, ours, baseline }: Comparison,
  { verdict, repeat }: { verdict: Verdict; repeat: Repeat },
): string {
  const unit = workload.metric === 'rate' ? 'records per second' : 'time per record'
  const percent = Math.round((workload.confidence ?? 0.95) * 1000) / 10
  const kind =
    workload.kind === 'paired'
      ? `median of ${repeat.pairs} pairs (A B B A, one more dropped as warm-up)`
      : `minimum of ${repeat.pairs} fresh processes per side, interleaved (one more of each dropped as warm-up)`
  const range = `${interval.low.toFixed(3)} to ${interval.high.toFixed(3)}`
  const of = workload.kind === 'paired' ? '' : ' of the median of pairs'
  return lines(workload.title, [
    ['ratio', `${ratio.toFixed(3)} (${percent} % interval${of}: ${range}), ${unit}, ours over baseline`],
    ['gate', verdict.sentence],
    ['method', kind],
    ['ours', `${contest.ours.name}: ${absolute(ours)}; ${settings(contest.ours.settings)}`],
    ['baseline', `${contest.baseline.name}: ${absolute(baseline)}; ${settings(contest.baseline.settings)}`],
    ['shared', settings(contest.settings)],
    ['work', `${contest.expected.records} records per run, checksum ${contest.expected.checksum} on both sides`],
    ...surroundings(workload),
    ['repeat', `npx -y pnpm bench ${repeat.workload} --pairs ${repeat.pairs} --seed ${repeat.seed}`],
  ])
}

export function limitReport(
  workload: LimitWorkload,
  measured: { readonly value: number; readonly settings: Contest['settings'] },
  { verdict, name }: { verdict: Verdict; name: string },
): string {
  return lines(workload.title, [
    ['value', `${measured.value.toFixed(2)} ${workload.unit}`],
    ['gate', verdict.sentence],
    ['settings', settings(measured.settings)],
    ...surroundings(workload),
    ['repeat', `npx -y pnpm bench ${name}`],
  ])
}

type Row = readonly [label: string, text: string]

const surroundings = ({ bottleneck }: { readonly bottleneck: string }): Row[] => [
  ['limit', bottleneck],
  ['commit', measuredCommit()],
  ['node', process.version],
  ['machine', machineInWords()],
]

const lines = (title: string, rows: readonly Row[]): string =>
  [title, ...rows.map(([label, text]) => `  ${label.padEnd(9)} ${text}`), ''].join('\n')

const settings = (values: Contest['settings']): string =>
  Object.entries(values)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ') || 'no settings'

const absolute = ({ recordsPerSecond, microsPerRecord, cpuSecondsPerMillion }: Summary): string =>
  `${Math.round(recordsPerSecond)} records/s, ${microsPerRecord.toFixed(3)} us each, ` +
  `${cpuSecondsPerMillion.toFixed(2)} CPU seconds per million`
