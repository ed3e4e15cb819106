import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { createWorkerHarness, type RunLine, type WorkerExit, type WorkerProcess } from '@millrace/testing'
import { type ChildSettings, childSettingsVariable } from '../child-settings.js'
import { until } from './until.js'

/** Processes run what was built, also where a test runs from its sources. */
const entryOf = ({ pipeline }: ChildSettings): string => {
  const program = pipeline === undefined ? 'child-worker' : 'pipeline-worker'
  return fileURLToPath(new URL(`../../dist/${program}.js`, import.meta.url))
}

/** The `shutdownTimeout` of a worker by default, and as long again as its clean-up may take. */
const terminateLimitMs = 25_000 + 15_000

/** Worker processes on one topic, by name. */
export interface ChildWorkers {
  /** Starts a process; that it runs does not mean that it has joined. */
  start(name: string): WorkerProcess
  worker(name: string): WorkerProcess
  /** Every worker that was started, in order. */
  workers(): readonly WorkerProcess[]
  names(): readonly string[]
  /** Resolves when a worker has handled so many more records than when this was called. */
  worked(name: string, records: number): Promise<void>
  /** SIGTERM, and SIGKILL where that does not end it in time; resolves with how the process ended. */
  terminate(name: string): Promise<WorkerExit>
  runLines(): Promise<readonly RunLine[]>
  /** Kills what still runs. */
  close(): Promise<void>
}

export async function createChildWorkers(settings: ChildSettings): Promise<ChildWorkers> {
  const entry = entryOf(settings)
  if (!existsSync(entry)) throw new Error(`${entry} is missing: build first (pnpm build)`)
  const harness = await createWorkerHarness()
  const workers = new Map<string, WorkerProcess>()
  const worker = (name: string): WorkerProcess => {
    const found = workers.get(name)
    if (found === undefined) throw new Error(`no worker "${name}" was started`)
    return found
  }
  const linesOf = async (name: string): Promise<number> =>
    (await readFile(harness.runLogOf(name), 'utf8').catch(() => '')).split('\n').length // not there: nothing ran yet

  return {
    worker,
    workers: () => [...workers.values()],
    names: () => [...workers.keys()],
    start(name) {
      const started = harness.start(name, { entry, env: { [childSettingsVariable]: JSON.stringify(settings) } })
      workers.set(name, started)
      return started
    },
    async worked(name, records) {
      const before = await linesOf(name)
      await until(`${name} has handled ${records} more records`, async () =>
        (await linesOf(name)) >= before + 2 * records ? true : undefined,
      )
    },
    async terminate(name) {
      worker(name).kill('SIGTERM')
      const late = setTimeout(() => worker(name).kill('SIGKILL'), terminateLimitMs)
      try {
        return await worker(name).exited
      } finally {
        clearTimeout(late)
      }
    },
    runLines: () => harness.runLines(),
    close: () => harness.close(),
  }
}
