import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startChaosCluster } from '../chaos/chaos-cluster.js'
import { chaosReport, faultLine } from '../chaos/chaos-report.js'
import { chaosSchedule } from '../chaos/chaos-schedule.js'
import { describeFault, seconds } from '../chaos/describe-fault.js'
import { judgeChaos } from '../chaos/judge-chaos.js'
import { keepEvidence } from '../chaos/keep-evidence.js'
import { runChaos } from '../chaos/run-chaos.js'

const usage = `chaos at-least-once [--minutes 2] [--seed 1] [--keep] [--evidence <folder>]
  --minutes   how long records flow, at least 2
  --seed      which faults come when; the same seed, the same schedule
  --keep      writes docs/proof/chaos-at-least-once.md
  --evidence  writes everything that was seen into a folder\n`
const keptAt = new URL('../../../../docs/proof/', import.meta.url).pathname

/** Runs chaos for as long as asked. 0 when nothing is wrong, 1 when something is, 2 for arguments that it does not know. */
export async function chaos(args: readonly string[]): Promise<0 | 1 | 2> {
  const options = parseOptions(args)
  if (options === undefined) {
    process.stderr.write(usage)
    return 2
  }
  const { minutes, seed, keep, evidence: folder } = options
  const say = (line: string): void => void process.stdout.write(`${line}\n`)
  const durationMs = minutes * 60_000
  say(`chaos at-least-once, ${minutes} minutes, seed ${seed}. Planned:`)
  const schedule = chaosSchedule({ seed, durationMs })
  for (const { atMs, fault } of schedule) say(`${seconds(atMs).padStart(8)}  ${describeFault(fault)}`)
  say('Done:')
  const cluster = await startChaosCluster()
  try {
    const onFired = (...fired: Parameters<typeof faultLine>): void => say(faultLine(...fired))
    const evidence = await runChaos(cluster, { schedule, durationMs, onFired })
    const verdict = judgeChaos(evidence)
    const report = chaosReport(`At least once: ${minutes} minutes of chaos, seed ${seed}`, evidence, verdict)
    say(`\n${report}`)
    if (keep) await writeFile(join(keptAt, 'chaos-at-least-once.md'), report)
    if (folder !== undefined) await keepEvidence(folder, evidence, verdict)
    return verdict.wrong.length === 0 ? 0 : 1
  } finally {
    await cluster.stop()
  }
}

function parseOptions(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        minutes: { type: 'string', default: '2' },
        seed: { type: 'string', default: '1' },
        keep: { type: 'boolean', default: false },
        evidence: { type: 'string' },
      },
    })
    const [minutes, seed] = [Number(values.minutes), Number(values.seed)]
    const isKnown = positionals.length === 1 && positionals[0] === 'at-least-once'
    if (!isKnown || !(minutes >= 2) || !Number.isSafeInteger(seed)) return undefined
    return { ...values, minutes, seed }
  } catch {
    // An option that does not exist: the caller shows which do.
    return undefined
  }
}
