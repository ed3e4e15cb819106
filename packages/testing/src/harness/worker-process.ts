import { type ChildProcess, spawn } from 'node:child_process'
import { type Announcement, parseAnnouncement } from './announce.js'
import { createAnnouncementBoard, type SaidOptions } from './announcement-board.js'
import { readLines } from './line-reader.js'

export interface SpawnWorkerOptions {
  /** A built JavaScript module. It runs on the Node that runs the test. */
  readonly entry: string
  readonly args?: readonly string[]
  /** Added to the environment of the test; undefined takes a variable out. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** Options of node itself, such as `--max-old-space-size=64`. */
  readonly nodeArgs?: readonly string[]
}

export interface WorkerExit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

/** A worker in a process of its own. */
export interface WorkerProcess extends AsyncDisposable {
  readonly pid: number
  /** Resolves when the process is gone, whatever the way. */
  readonly exited: Promise<WorkerExit>
  /** The last megabyte of each. */
  readonly stdout: string
  readonly stderr: string
  /** Everything announced so far, in order. */
  readonly announcements: readonly Announcement[]
  /**
   * Resolves with the first announcement of this signal that fits, also one that came before the call. Rejects when
   * `timeoutMs` (default 30,000) has passed or the process has gone, with the end of its output.
   */
  said(signal: string, options?: SaidOptions): Promise<Announcement>
  /** False when the process was gone already. */
  kill(signal: NodeJS.Signals): boolean
}

const maxOutputChars = 1_048_576
const alive = new Set<ChildProcess>()

// The last line of defence: a test process that ends by itself leaves no worker behind.
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL')
})

/** Starts a worker process. Close it, or the harness that holds it: it is killed then if it still runs. */
export function spawnWorker({ entry, args = [], env, cwd, nodeArgs = [] }: SpawnWorkerOptions): WorkerProcess {
  const child = spawn(process.execPath, [...nodeArgs, entry, ...args], {
    env: { ...process.env, ...env },
    cwd,
    // Standard input is never written to: it closes when the test dies, which `endWithTest` notices.
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  alive.add(child)
  const board = createAnnouncementBoard(
    () => `\n--- stdout\n${stdout.text.slice(-2_000)}\n--- stderr\n${stderr.text.slice(-4_000)}`,
  )
  const stdout = readLines(child.stdout, maxOutputChars, (line) => {
    const announcement = parseAnnouncement(line)
    if (announcement !== undefined) board.add(announcement)
  })
  const stderr = readLines(child.stderr, maxOutputChars)
  const exited = new Promise<WorkerExit>((resolve) => {
    const ended = (exit: WorkerExit): void => {
      alive.delete(child)
      board.end(`code ${exit.code}, signal ${exit.signal}`)
      resolve(exit)
    }
    child.once('error', () => ended({ code: null, signal: null }))
    child.once('close', (code, signal) => ended({ code, signal }))
  })

  return {
    pid: child.pid ?? -1,
    exited,
    get stdout() {
      return stdout.text
    },
    get stderr() {
      return stderr.text
    },
    announcements: board.all,
    said: (signal, options) => board.said(signal, options),
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
