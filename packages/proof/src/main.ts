/** `pnpm proof <name> [arguments] [--keep]`: exits with 1 when the claim did not hold, with 2 for wrong arguments. */
import { existsSync, readdirSync } from 'node:fs'
import { keepPage } from './keep-page.js'
import { type ProofRun, UsageError } from './proof-run.js'

const folder = new URL('./runs/', import.meta.url)
const known = (): string =>
  readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .map((file) => file.slice(0, -'.js'.length))
    .join(', ')

async function load(name: string | undefined): Promise<ProofRun> {
  if (name === undefined || !/^[a-z-]+$/.test(name) || !existsSync(new URL(`${name}.js`, folder))) {
    throw new UsageError(`Which proof? One of: ${known()}.`)
  }
  const module: { proof: ProofRun } = await import(new URL(`${name}.js`, folder).href)
  return module.proof
}

/** Where something was put does not change what was found. */
const isPath = (arg: string, before: string | undefined): boolean => [arg, before].includes('--evidence')

async function main([name, ...given]: readonly string[]): Promise<boolean> {
  const proof = await load(name)
  const args = given.filter((argument) => argument !== '--keep')
  const lines: string[] = []
  const print = (line: string): void => {
    lines.push(line)
    process.stdout.write(`${line}\n`)
  }
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort(new Error('interrupted')))
  process.once('SIGTERM', () => interrupted.abort(new Error('terminated')))

  const held = await proof.run(args, print, interrupted.signal)
  if (given.includes('--keep')) {
    const file = await keepPage({
      name: proof.keptAs?.(args) ?? name ?? '',
      title: proof.titleOf?.(args) ?? proof.title,
      command: ['pnpm proof', name, ...args.filter((arg, at) => !isPath(arg, args[at - 1]))].join(' '),
      lines,
    })
    process.stdout.write(`kept in ${file}\n`)
  }
  return held
}

try {
  if (!(await main(process.argv.slice(2)))) process.exitCode = 1
} catch (error) {
  const isUsage = error instanceof UsageError
  process.stderr.write(`${isUsage ? error.message : error instanceof Error ? error.stack : String(error)}\n`)
  process.exitCode = isUsage ? 2 : 1
}
