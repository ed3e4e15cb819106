import { parseArgs } from 'node:util'
import { startChaosCluster } from '../chaos/chaos-cluster.js'
import { chaosReport, faultLine } from '../chaos/chaos-report.js'
import { chaosSchedule, shortestChaosMs } from '../chaos/chaos-schedule.js'
import { describeFault, seconds } from '../chaos/describe-fault.js'
import { judgeChaos } from '../chaos/judge-chaos.js'
import { keepEvidence } from '../chaos/keep-evidence.js'
import { leaveWhenDone } from '../chaos/leave-when-done.js'
import { runChaos } from '../chaos/run-chaos.js'
import { type ProofRun, UsageError } from '../proof-run.js'

const usage = `chaos at-least-once [--minutes 2] [--seed 1] [--keep] [--evidence <folder>]
  --minutes   how long records flow, at least 2
  --seed      which faults come when: the same seed, the same schedule
  --keep      writes the page in docs/proof
  --evidence  writes everything that was seen into a folder`

export const proof: ProofRun = {
  title: 'Chaos: at least once',
  keptAs: () => 'chaos-at-least-once',
  async run(args, print, signal) {
    const { seed, durationMs, evidence: folder } = parseOptions(args)
    const schedule = chaosSchedule({ seed, durationMs })
    print(`${durationMs / 60_000} minutes of chaos, seed ${seed}. Planned, since the flow began:\n`)
    for (const { atMs, fault } of schedule) print(`    ${seconds(atMs).padStart(8)}  ${describeFault(fault)}`)
    print('\nDone:\n')
    const cluster = await startChaosCluster()
    try {
      const onFired = (...fired: Parameters<typeof faultLine>): void => print(`    ${faultLine(...fired)}`)
      const evidence = await runChaos(cluster, { schedule, durationMs, signal, onFired })
      const verdict = judgeChaos(evidence)
      for (const line of chaosReport(evidence, verdict)) print(line)
      if (folder !== undefined) await keepEvidence(folder, evidence, verdict)
      return verdict.wrong.length === 0
    } finally {
      await leaveWhenDone(() => cluster.stop())
    }
  },
}

function parseOptions(args: readonly string[]) {
  const { values, positionals } = parsed(args)
  const [durationMs, seed] = [Number(values.minutes) * 60_000, Number(values.seed)]
  const isKnown = positionals.length === 1 && positionals[0] === 'at-least-once'
  if (!isKnown || !(durationMs >= shortestChaosMs) || !Number.isSafeInteger(seed)) throw new UsageError(usage)
  return { durationMs, seed, evidence: values.evidence }
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
