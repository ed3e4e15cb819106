import { spawn } from 'node:child_process'
import { Writable } from 'node:stream'
import { lastLines } from './run-command.js'

export interface LeashedProcess {
  readonly pid: number
  /** Resolves when it has ended, however it did. */
  readonly exited: Promise<void>
  readonly isRunning: () => boolean
  /** The last lines it printed. */
  readonly tail: () => string
  readonly signal: (name: 'SIGSTOP' | 'SIGCONT') => void
  /** SIGTERM, then SIGKILL after `graceMs`; 0 kills at once. Resolves when it has ended. */
  readonly stop: (graceMs: number) => Promise<void>
}

/**
 * The shell becomes the program, so the program has the pid that we spawned. Before, it leaves a watcher behind that
 * reads a pipe of ours: a line means the program was reaped here, the end of the pipe without one means that we died,
 * even by SIGKILL. Then it kills the program and removes the directory it was given.
 */
const leash = `
(
  if read -r _ <&3; then exit 0; fi
  kill -9 $$ 2>/dev/null
  if [ -n "$1" ]; then rm -rf -- "$1"; sleep 1; rm -rf -- "$1"; fi
) </dev/null >/dev/null 2>&1 &
shift
exec "$@" 3<&-
`
const maxTailLength = 64 * 1024

/**
 * Starts a program that can't outlive this process. It has its own process group, so that Ctrl-C in the terminal ends
 * the tests first. Needs a POSIX shell.
 */
export async function spawnLeashed(
  file: string,
  args: readonly string[],
  { removeIfOrphaned = '' }: { readonly removeIfOrphaned?: string } = {},
): Promise<LeashedProcess> {
  const child = spawn('sh', ['-c', leash, 'leash', removeIfOrphaned, file, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    detached: true,
  })
  let text = ''
  const keep = (chunk: string) => {
    text = (text + chunk).slice(-maxTailLength)
  }
  child.stdout?.setEncoding('utf8').on('data', keep)
  child.stderr?.setEncoding('utf8').on('data', keep)

  const { pid } = child
  if (pid === undefined) {
    return new Promise((_resolve, reject) => child.once('error', reject))
  }

  let running = true
  const pipe = child.stdio[3]
  child.once('exit', () => {
    running = false
    if (pipe instanceof Writable) pipe.end('reaped\n')
  })
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  // The watcher is gone where the whole group was killed; writing to it is then pointless, not wrong.
  if (pipe instanceof Writable) pipe.on('error', () => undefined)

  const send = (target: number, name: NodeJS.Signals) => {
    if (running) process.kill(target, name)
  }
  return {
    pid,
    exited,
    isRunning: () => running,
    tail: () => lastLines(text),
    signal: (name) => send(pid, name),
    async stop(graceMs) {
      send(pid, 'SIGCONT') // a stopped process would not see the SIGTERM
      if (graceMs > 0) send(pid, 'SIGTERM')
      const timer = setTimeout(() => send(-pid, 'SIGKILL'), graceMs)
      try {
        await exited
      } finally {
        clearTimeout(timer)
      }
    },
  }
}
