import { parseArgs } from 'node:util'
import { startChaosCluster } from '../chaos/chaos-cluster.js'
import { chaosReport, faultLine } from '../chaos/chaos-report.js'
import { chaosSchedule, type PlannedFault, shortestChaosMs } from '../chaos/chaos-schedule.js'
import { describeFault, seconds } from '../chaos/describe-fault.js'
import { exactlyOnceReport } from '../chaos/exactly-once-report.js'
import { exactlyOnceSchedule, shortestExactlyOnceMs } from '../chaos/exactly-once-schedule.js'
import { judgeChaos } from '../chaos/judge-chaos.js'
import { judgeExactlyOnce } from '../chaos/judge-exactly-once.js'
import { keepEvidence } from '../chaos/keep-evidence.js'
import { leaveWhenDone } from '../chaos/leave-when-done.js'
import { runChaos } from '../chaos/run-chaos.js'
import { runExactlyOnce } from '../chaos/run-exactly-once.js'
import type { ChaosCluster, ChaosOptions } from '../chaos/run-faults.js'
import { type ProofRun, UsageError } from '../proof-run.js'

const usage = `chaos at-least-once|exactly-once [--minutes 2] [--seed 1] [--keep] [--evidence <folder>]
  --minutes   how long records flow, at least 2
  --seed      which faults come when: the same seed, the same schedule
  --keep      writes the page in docs/proof
  --evidence  writes everything that was seen into a folder`

interface Kind {
  readonly shortestMs: number
  readonly schedule: (options: { readonly seed: number; readonly durationMs: number }) => readonly PlannedFault[]
  readonly run: (cluster: ChaosCluster, options: ChaosOptions) => Promise<Finding>
}
interface Finding {
  readonly wrong: readonly string[]
  readonly report: readonly string[]
  readonly keep: (folder: string) => Promise<void>
}

const exactlyOnceRecords = 100_000

const kinds: Readonly<Record<'at-least-once' | 'exactly-once', Kind>> = {
  'at-least-once': {
    shortestMs: shortestChaosMs,
    schedule: chaosSchedule,
    async run(cluster, options) {
      const evidence = await runChaos(cluster, options)
      const verdict = judgeChaos(evidence)
      const findings = { wrong: verdict.wrong, report: chaosReport(evidence, verdict) }
      return { ...findings, keep: (folder) => keepEvidence(folder, evidence, findings) }
    },
  },
  'exactly-once': {
    shortestMs: shortestExactlyOnceMs,
    schedule: exactlyOnceSchedule,
    async run(cluster, options) {
      const evidence = await runExactlyOnce(cluster, { ...options, records: exactlyOnceRecords })
      const verdict = judgeExactlyOnce(evidence)
      const findings = { wrong: verdict.wrong, report: exactlyOnceReport(evidence, verdict) }
      return { ...findings, keep: (folder) => keepEvidence(folder, evidence, findings) }
    },
  },
}

export const proof: ProofRun = {
  title: 'Chaos',
  titleOf: ([name]) => `Chaos: ${name === 'exactly-once' ? 'exactly once' : 'at least once'}`,
  keptAs: ([name]) => `chaos-${name === 'exactly-once' ? name : 'at-least-once'}`,
  async run(args, print, signal) {
    const { kind, seed, durationMs, evidence: folder } = parseOptions(args)
    const schedule = kind.schedule({ seed, durationMs })
    print(`${durationMs / 60_000} minutes of chaos, seed ${seed}. Planned, since the flow began:\n`)
    for (const { atMs, fault } of schedule) print(`    ${seconds(atMs).padStart(8)}  ${describeFault(fault)}`)
    print('\nDone:\n')
    const cluster = await startChaosCluster()
    try {
      const onFired = (...fired: Parameters<typeof faultLine>): void => print(`    ${faultLine(...fired)}`)
      const { wrong, report, keep } = await kind.run(cluster, { schedule, durationMs, signal, onFired })
      for (const line of report) print(line)
      if (folder !== undefined) await keep(folder)
      return wrong.length === 0
    } finally {
      await leaveWhenDone(() => cluster.stop())
    }
  },
}

function parseOptions(args: readonly string[]) {
  const { values, positionals } = parsed(args)
  const [durationMs, seed] = [Number(values.minutes) * 60_000, Number(values.seed)]
  const [name] = positionals
  const isKnown = positionals.length === 1 && (name === 'at-least-once' || name === 'exactly-once')
  if (!isKnown || !(durationMs >= kinds[name].shortestMs) || !Number.isSafeInteger(seed)) throw new UsageError(usage)
  return { kind: kinds[name], durationMs, seed, evidence: values.evidence }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        minutes: { type: 'string', default: '2' },
        seed: { type: 'string', default: '1' },
        evidence: { type: 'string' },
      },
    })
  } catch (cause) {
    throw new UsageError(usage, { cause }) // an option that does not exist, or one without its value
  }
}
