/**
 * Builds the image without a container engine: every step of the first stage of `infra/Dockerfile` runs in an empty
 * folder, on what .dockerignore lets through, and the result has to start. What only an engine can show is left out: the
 * base image, the user, and the layers.
 *   node infra/try-image.ts
 */
import { spawn } from 'node:child_process'
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, matchesGlob } from 'node:path'

interface Step {
  readonly instruction: string
  readonly argument: string
}

const root = join(import.meta.dirname, '..')
const stepLimitMs = 300_000
const tailChars = 4_000

async function main(): Promise<void> {
  const { build, final } = readStages(await readFile(join(root, 'infra/Dockerfile'), 'utf8'))
  const place = await mkdtemp(join(tmpdir(), 'millrace-image-'))
  try {
    await buildStage(build, place)
    await startStage(final, place)
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

/** Instructions of both stages, continued lines joined. */
function readStages(dockerfile: string): { readonly build: readonly Step[]; readonly final: readonly Step[] } {
  const lines = dockerfile.replaceAll(/^#.*$/gm, '').replaceAll(/\\\n/g, ' ').split('\n')
  const steps = lines.flatMap((line) => {
    const match = /^([A-Z]+)\s+(.*)$/.exec(line.trim())
    return match === null ? [] : [{ instruction: match[1] ?? '', argument: match[2] ?? '' }]
  })
  const second = steps.findLastIndex(({ instruction }) => instruction === 'FROM')
  return { build: steps.slice(1, second), final: steps.slice(second + 1) }
}

async function buildStage(steps: readonly Step[], place: string): Promise<void> {
  let directory = place
  const context = await contextFiles()
  const env = cleanEnvironment(place)
  for (const { instruction, argument } of steps) {
    const beganMs = performance.now()
    if (instruction === 'WORKDIR') {
      directory = join(place, argument)
      await mkdir(directory, { recursive: true })
    } else if (instruction === 'COPY') {
      const names = argument.split(/\s+/).slice(0, -1)
      const files = names.includes('.') ? context : context.filter((file) => names.includes(file))
      for (const file of files) await copyInto(directory, file)
    } else if (instruction === 'RUN') {
      await expectExit(0, 'sh', ['-c', argument], { cwd: directory, env })
    }
    say(`${instruction} ${argument}`, beganMs)
  }
}

/** The files that a build context would hold: what git knows or could know, without what .dockerignore names. */
async function contextFiles(): Promise<readonly string[]> {
  const listed = await expectExit(0, 'git', ['ls-files', '--cached', '--others', '--exclude-standard'], { cwd: root })
  const ignore = (await readFile(join(root, '.dockerignore'), 'utf8'))
    .split('\n')
    .filter((line) => /^[^#\s]/.test(line))
  return listed.split('\n').filter((file) => file !== '' && !isIgnored(file, ignore))
}

function isIgnored(file: string, ignore: readonly string[]): boolean {
  const parts = file.split('/')
  const paths = parts.map((_part, index) => parts.slice(0, index + 1).join('/'))
  return paths.some((path) => ignore.some((pattern) => matchesGlob(path, pattern)))
}

async function copyInto(directory: string, file: string): Promise<void> {
  await mkdir(dirname(join(directory, file)), { recursive: true })
  // A file that git knows and somebody has just deleted is not in the context either.
  await cp(join(root, file), join(directory, file)).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  })
}

/** What the image starts has to tell what is missing, in words, and with the exit code of its kind. */
async function startStage(steps: readonly Step[], place: string): Promise<void> {
  const beganMs = performance.now()
  const app = join(place, 'build/app')
  await copyInto(app, 'infra/provision-topics.ts')
  const env = { ...cleanEnvironment(place), NODE_ENV: 'production', OPS_PORT: '0' }
  const worker = commandOf(steps.find(({ instruction }) => instruction === 'CMD')?.argument ?? '[]')
  const health = commandOf(
    /CMD (\[.*\])/.exec(steps.find(({ instruction }) => instruction === 'HEALTHCHECK')?.argument ?? '')?.[1] ?? '[]',
  )
  const server = ['node', '--enable-source-maps', 'dist/server.js']
  const provision = ['node', 'infra/provision-topics.ts', '--topic', 'a', '--dlq-topic', 'b']

  for (const [command = '', ...args] of [worker, server, provision]) {
    const output = await expectExit(1, command, args, { cwd: app, env })
    if (!output.includes('KAFKA_BROKERS: is not set'))
      throw new Error(`${args.join(' ')} does not say what is missing: ${output}`)
  }
  const [check = '', ...args] = health
  await expectExit(1, check, args, { cwd: app, env }) // nothing listens
  say('worker, API and provisioning start and ask for KAFKA_BROKERS; the health check fails without a worker', beganMs)
}

function commandOf(json: string): readonly string[] {
  const command: unknown = JSON.parse(json)
  if (Array.isArray(command) && command.length > 0) return command.map(String)
  throw new Error('a command of the Dockerfile is not in exec form')
}

/** npm installs into the folder, and nothing that started this script tells pnpm what to do. */
function cleanEnvironment(place: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|pnpm_|KAFKA_|OPS_|NODE_OPTIONS$|INIT_CWD$)/i.test(name),
  )
  const path = [join(place, 'npm/bin'), dirname(process.execPath), process.env['PATH']].join(delimiter)
  return { ...Object.fromEntries(kept), PATH: path, npm_config_prefix: join(place, 'npm'), CI: 'true' }
}

interface RunOptions {
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
}

/** Resolves with all output when it ends with that exit code. */
async function expectExit(
  expected: number,
  command: string,
  args: readonly string[],
  options: RunOptions,
): Promise<string> {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'], timeout: stepLimitMs })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  if (code === expected) return output
  throw new Error(`${command} ${args.join(' ')}: exit code ${code}, not ${expected}\n${output.slice(-tailChars)}`)
}

const say = (what: string, beganMs: number): void =>
  void process.stdout.write(`${((performance.now() - beganMs) / 1000).toFixed(1).padStart(6)} s  ${what}\n`)

await main()
