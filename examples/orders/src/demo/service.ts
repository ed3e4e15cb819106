import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** One line that a service wrote to its log. */
export interface LogLine {
  readonly service: string
  readonly msg: string
  readonly fields: Readonly<Record<string, unknown>>
}

export interface ServiceOptions {
  /** What the story calls it. */
  readonly name: string
  /** A module beside the demo, such as `worker.js`. */
  readonly entry: string
  readonly env: Readonly<Record<string, string>>
  readonly onLine: (line: LogLine) => void
  /** Ends every wait for the service. The service itself is ended by its owner. */
  readonly signal: AbortSignal
}

/** A part of the example in a process of its own, as it would run in production. */
export interface Service {
  readonly name: string
  readonly isRunning: boolean
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>
  /** Resolves with the first line that fits, also one from before the call. Rejects when the service has ended, and after a minute. */
  said(fits: (line: LogLine) => boolean): Promise<LogLine>
  /** What it wrote that is no log line: a crash. */
  readonly stray: string
  /** SIGTERM, and SIGKILL when it is still there after the grace period. */
  stop(): Promise<number | string>
  kill(): Promise<number | string>
}

const graceMs = 30_000
const saidLimitMs = 60_000
const maxStrayChars = 4_000
/** Only what the machine needs: whatever Kafka settings stand in the environment of the demo are not for its services. */
const notInherited = /^(KAFKA_|ORDERS_|OPS_|LOG_LEVEL$|PORT$|SESSION_TIMEOUT)/
const running = new Set<ChildProcess>()
// The last line of defence, for a demo that ends without having stopped its services.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export function startService({ name, entry, env, onLine, signal }: ServiceOptions): Service {
  const inherited = Object.entries(process.env).filter(([variable]) => !notInherited.test(variable))
  const child = spawn(
    process.execPath,
    ['--enable-source-maps', fileURLToPath(new URL(`../${entry}`, import.meta.url))],
    {
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own: Ctrl-C reaches the demo alone, which then stops its services in order.
      detached: true,
    },
  )
  running.add(child)
  const lines: LogLine[] = []
  const listeners = new Set<() => void>()
  let stray = ''
  let hasEnded = false

  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = parseLine(name, text)
    if (line === undefined) stray = `${stray}${text}\n`.slice(-maxStrayChars)
    else {
      lines.push(line)
      onLine(line)
    }
    for (const listener of listeners) listener()
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stray = (stray + chunk).slice(-maxStrayChars)))

  const exited = new Promise<number | string>((resolve) => {
    const end = (how: number | string): void => {
      running.delete(child)
      hasEnded = true
      resolve(how)
      for (const listener of listeners) listener()
    }
    child.once('error', ({ message }) => end(message))
    child.once('close', (code, signal) => end(signal ?? code ?? 0))
  })
  return {
    name,
    get isRunning() {
      return !hasEnded
    },
    exited,
    get stray() {
      return stray
    },
    said: (fits) =>
      new Promise((resolve, reject) => {
        const limit = AbortSignal.any([signal, AbortSignal.timeout(saidLimitMs)])
        const look = (): void => {
          const found = lines.find(fits)
          if (found === undefined && !hasEnded && !limit.aborted) return
          listeners.delete(look)
          limit.removeEventListener('abort', look)
          if (found !== undefined) resolve(found)
          else if (!hasEnded) reject(limit.reason)
          else reject(new Error(`${name} ended too early: ${lines.at(-1)?.msg ?? 'it logged nothing'}\n${stray}`))
        }
        listeners.add(look)
        limit.addEventListener('abort', look)
        look()
      }),
    async stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      return exited.finally(() => clearTimeout(timer))
    },
    kill() {
      child.kill('SIGKILL')
      return exited
    },
  }
}

function parseLine(service: string, text: string): LogLine | undefined {
  try {
    const fields: unknown = JSON.parse(text)
    if (typeof fields !== 'object' || fields === null || !('msg' in fields)) return undefined
    return { service, msg: String(fields.msg), fields: { ...fields } }
  } catch {
    return undefined // no JSON is no log line; it is shown when the service ends too early
  }
}
