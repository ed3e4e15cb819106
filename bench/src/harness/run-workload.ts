import { comparePairs } from './compare-pairs.js'
import { runInFreshProcess } from './fresh-process.js'
import { gate } from './gate.js'
import { pairedRuns } from './paired-runs.js'
import { contestReport, limitReport } from './report.js'
import type { Contest, ContestWorkload, LimitWorkload, Side, Workload } from './workload.js'

export type RunOptions = {
  readonly name: string
  readonly seed: number
  readonly pairs?: number
  /** The program that runs one side for a `minimum` workload: `<program> <name> --side ours`. */
  readonly program: string
  readonly print: (text: string) => void
}

/** Measures, prints, and says whether the target was met. Wrong work throws. */
export const runWorkload = (workload: Workload, options: RunOptions): Promise<boolean> =>
  workload.kind === 'limit' ? runLimit(workload, options) : runContest(workload, options)

async function runContest(workload: ContestWorkload, options: RunOptions): Promise<boolean> {
  const { name, seed, print } = options
  const count = options.pairs ?? workload.pairs ?? 10
  const contest = await workload.open()
  try {
    const sides = workload.kind === 'paired' ? contest : inFreshProcesses(contest, options)
    const pairs = await pairedRuns(sides, { pairs: count })
    const comparison = comparePairs(pairs, { ...workload, seed })
    const { ratio, interval } = comparison
    const verdict = gate(workload.kind === 'paired' ? interval : { low: ratio, high: ratio }, workload.target)
    const repeat = { workload: name, pairs: count, seed }
    print(contestReport(workload, contest, comparison, { verdict, repeat }))
    return verdict.passed
  } finally {
    await contest.close?.()
  }
}

function inFreshProcesses(contest: Contest, { program, name }: RunOptions): Contest {
  const fresh = (side: Side, which: 'ours' | 'baseline'): Side => ({
    ...side,
    run: () => runInFreshProcess(program, [name, '--side', which]),
  })
  return { ...contest, ours: fresh(contest.ours, 'ours'), baseline: fresh(contest.baseline, 'baseline') }
}

async function runLimit(workload: LimitWorkload, { name, print }: RunOptions): Promise<boolean> {
  const measured = await workload.measure()
  const verdict = gate({ low: measured.value, high: measured.value }, { kind: 'at-most', ratio: workload.atMost })
  print(limitReport(workload, measured, { verdict, name }))
  return verdict.passed
}
