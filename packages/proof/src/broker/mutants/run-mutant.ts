import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { RedCheck } from './judge-mutant.js'
import type { Mutant } from './mutant.js'
import type { MutantToPlay } from './play-mutant.js'
import type { PatchedSource } from './vitest.suites.config.js'

const packageRoot = new URL('../../../', import.meta.url)
const repository = new URL('../../', packageRoot)
const pathOf = (file: string, base: URL = packageRoot): string => fileURLToPath(new URL(file, base))
/** A broker that is wrong may wait for ever. */
const patienceMs = 90_000

export interface RunOptions {
  readonly model: MutantToPlay['model']
  readonly areas: readonly string[]
  readonly signal?: AbortSignal
}

/** Model and recorded answers, in a process of its own; undefined is the broker as it is. A process that dies or hangs is a red check too. */
export async function playMutant(
  mutant: Mutant | undefined,
  { model, areas, signal }: RunOptions,
): Promise<RedCheck[]> {
  const told: MutantToPlay = { mutant, model, areas }
  const script = pathOf('src/broker/mutants/play-mutant.ts')
  const args = [
    '--conditions=@millrace/source',
    '--experimental-strip-types',
    '--no-warnings',
    script,
    JSON.stringify(told),
  ]
  const { code, out, err } = await run(args, signal)
  const red = out.flatMap((line): RedCheck[] => (line.startsWith('{"check"') ? [JSON.parse(line) as RedCheck] : []))
  if (code === 0) return red
  return [
    ...red,
    {
      check: 'the process',
      found:
        code === null
          ? 'it never came to an end'
          : (err.find((line) => /^\w*Error/.test(line)) ?? `it ended with ${code}`),
    },
  ]
}

const asItIs: PatchedSource = { file: 'none', search: '', replace: '' }

/** The broker's own unit suites of these folders; the first test that is red. */
export async function runSuites(
  mutant: Mutant | undefined,
  suites: readonly string[],
  signal?: AbortSignal,
): Promise<RedCheck[]> {
  const config = pathOf('src/broker/mutants/vitest.suites.config.ts')
  const folders = suites.map((folder) => pathOf(`packages/broker/src/${folder}/`, repository))
  const args = [
    pathOf('node_modules/vitest/vitest.mjs', repository),
    'run',
    '--config',
    config,
    '--root',
    fileURLToPath(repository),
    '--bail',
    '1',
    ...folders,
  ]
  const patch = mutant ?? asItIs
  const { code, out, err } = await run(args, signal, { MILLRACE_MUTANT: JSON.stringify(patch) })
  if (code === 0) return []
  const first = [...out, ...err].find((line) => line.includes(' FAIL '))?.replaceAll(/.*FAIL\s+/g, '')
  return [{ check: 'unit suites', found: first ?? `vitest ended with ${code}` }]
}

interface Ended {
  /** Null: it was killed. */
  readonly code: number | null
  readonly out: readonly string[]
  readonly err: readonly string[]
}

function run(
  args: readonly string[],
  signal?: AbortSignal,
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const stop = AbortSignal.any([AbortSignal.timeout(patienceMs), ...(signal === undefined ? [] : [signal])])
    const child = spawn(process.execPath, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_COLOR: '1', ...env },
    })
    const kill = (): void => void child.kill('SIGKILL')
    stop.addEventListener('abort', kill, { once: true })
    let out = ''
    let err = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text))
    child.once('error', reject)
    child.once('close', (code) => {
      stop.removeEventListener('abort', kill)
      resolve({ code, out: linesOf(out), err: linesOf(err) })
    })
  })
}

const linesOf = (text: string): string[] => text.split('\n').filter((line) => line.trim() !== '')
