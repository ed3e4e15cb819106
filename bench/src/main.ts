/**
 * `pnpm bench <workload> [--pairs n] [--seed n]`: exits with 1 when a target is missed or the work was wrong. A name that several
 * workloads begin with (`decode`, `drain`) runs all of them.
 */
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { RunMessage } from './harness/fresh-process.js'
import { runWorkload } from './harness/run-workload.js'
import { verifyRun } from './harness/verify-run.js'
import type { Workload } from './harness/workload.js'

const folder = new URL('./workloads/', import.meta.url)

async function load(name: string): Promise<Workload> {
  const module: { workload: Workload } = await import(new URL(`${name}.js`, folder).href)
  return module.workload
}

/** The other end of `runInFreshProcess`. */
async function runSide(workload: Workload, which: string): Promise<void> {
  if (workload.kind !== 'minimum') throw new Error('Only a "minimum" workload runs its sides in fresh processes.')
  const contest = await workload.open()
  try {
    const side = which === 'ours' ? contest.ours : contest.baseline
    const message: RunMessage = { run: verifyRun(side.name, await side.run(), contest.expected) }
    process.send?.(message)
  } finally {
    await contest.close?.()
  }
}

const wholeNumber = (text: string, option: string): number => {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 1) return value
  throw new Error(`--${option} takes a whole number from 1, not "${text}".`)
}

/** The workload of this name, or else the family that has it in front. */
function namesOf(wanted: string | undefined): string[] {
  const known = readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -'.js'.length))
  const names = known.filter((name) => name === wanted)
  if (names.length === 0) names.push(...known.filter((name) => name.startsWith(`${wanted}-`)))
  if (names.length > 0) return names
  throw new Error(`Which workload? One of: ${known.join(', ')}.`)
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { pairs: { type: 'string' }, seed: { type: 'string', default: '1' }, side: { type: 'string' } },
  })
  const names = namesOf(positionals[0])
  if (values.side !== undefined) {
    for (const name of names) await runSide(await load(name), values.side)
    return
  }
  for (const name of names) {
    const passed = await runWorkload(await load(name), {
      name,
      seed: wholeNumber(values.seed, 'seed'),
      ...(values.pairs === undefined ? {} : { pairs: wholeNumber(values.pairs, 'pairs') }),
      program: fileURLToPath(import.meta.url),
      print: (text) => console.log(text),
    })
    if (!passed) process.exitCode = 1
  }
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
