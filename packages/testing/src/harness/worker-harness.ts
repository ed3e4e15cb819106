import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readRunLogs } from './read-run-logs.js'
import type { RunLine } from './run-line.js'
import { spawnWorker, type SpawnWorkerOptions, type WorkerProcess } from './worker-process.js'

/** How a worker process learns what it is called and where its run log goes. */
export const workerNameVariable = 'MILLRACE_TEST_WORKER'
export const runLogVariable = 'MILLRACE_TEST_RUN_LOG'

/** The worker processes of one test and what their handlers wrote down. */
export interface WorkerHarness extends AsyncDisposable {
  /** Starts a worker; it finds its name and the path of its run log in the environment. */
  start(name: string, options: SpawnWorkerOptions): WorkerProcess
  readonly workers: readonly WorkerProcess[]
  /** The path of a worker's run log. */
  runLogOf(name: string): string
  /** Lines of all workers so far, in order of time. */
  runLines(): Promise<readonly RunLine[]>
  /** Kills what still runs and removes the run logs. Idempotent. */
  close(): Promise<void>
}

export async function createWorkerHarness(): Promise<WorkerHarness> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-run-'))
  const workers: WorkerProcess[] = []
  const names = new Set<string>()
  const runLogOf = (name: string): string => join(folder, `${name}.jsonl`)

  async function close(): Promise<void> {
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()))
    await rm(folder, { recursive: true, force: true })
  }

  return {
    start(name, options) {
      if (names.has(name)) throw new Error(`there was a worker "${name}" already: its run log would be continued`)
      names.add(name)
      const env = { ...options.env, [workerNameVariable]: name, [runLogVariable]: runLogOf(name) }
      const worker = spawnWorker({ ...options, env })
      workers.push(worker)
      return worker
    },
    workers,
    runLogOf,
    runLines: () => readRunLogs([...names].map(runLogOf)),
    close,
    [Symbol.asyncDispose]: close,
  }
}
