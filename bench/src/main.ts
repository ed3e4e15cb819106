/** `pnpm bench <workload> [--pairs n] [--seed n]`: exits with 1 when a target is missed or the work was wrong. */
import { existsSync, readdirSync } from 'node:fs'
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

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { pairs: { type: 'string' }, seed: { type: 'string', default: '1' }, side: { type: 'string' } },
  })
  const [name] = positionals
  if (name === undefined || !/^[a-z-]+$/.test(name) || !existsSync(new URL(`${name}.js`, folder))) {
    const known = readdirSync(folder).filter((file) => file.endsWith('.js'))
    throw new Error(`Which workload? One of: ${known.map((file) => file.slice(0, -'.js'.length)).join(', ')}.`)
  }
  const workload = await load(name)
  if (values.side !== undefined) return await runSide(workload, values.side)
  const passed = await runWorkload(workload, {
    name,
    seed: wholeNumber(values.seed, 'seed'),
    ...(values.pairs === undefined ? {} : { pairs: wholeNumber(values.pairs, 'pairs') }),
    program: fileURLToPath(import.meta.url),
    print: (text) => console.log(text),
  })
  if (!passed) process.exitCode = 1
}

try {
  await main()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
