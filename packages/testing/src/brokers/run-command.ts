import { execFile } from 'node:child_process'

export type CommandOutcome =
  | { readonly kind: 'not-found' }
  | { readonly kind: 'done'; readonly stdout: string; readonly stderr: string }
  /** `reason` is one line, `output` the last lines of what it printed. */
  | { readonly kind: 'failed'; readonly reason: string; readonly output: string }

export interface CommandOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Also where `file` is looked for. Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv
}

const maxOutputBytes = 16 * 1024 * 1024

/** Runs a program to its end. SIGKILLs it after `timeoutMs` or when `signal` aborts. Never rejects. */
export function runCommand(
  file: string,
  args: readonly string[],
  { timeoutMs, signal, env = process.env }: CommandOptions,
): Promise<CommandOutcome> {
  return new Promise((resolve) => {
    const limits = {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: maxOutputBytes,
      encoding: 'utf8',
      env,
    } as const
    execFile(file, [...args], signal === undefined ? limits : { ...limits, signal }, (error, stdout, stderr) => {
      if (error === null) resolve({ kind: 'done', stdout, stderr })
      else if (error.code === 'ENOENT') resolve({ kind: 'not-found' })
      else resolve({ kind: 'failed', reason: reasonOf(error, timeoutMs), output: lastLines(`${stdout}\n${stderr}`) })
    }).stdin?.end()
  })
}

function reasonOf(error: { code?: number | string | null; killed?: boolean; message: string }, timeoutMs: number) {
  if (typeof error.code === 'number') return `exit code ${error.code}`
  return error.killed === true ? `not done after ${timeoutMs / 1000} s` : error.message
}

/** The end of a program's output: where the reason usually stands. */
export const lastLines = (text: string, count = 20): string =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .slice(-count)
    .join('\n')
