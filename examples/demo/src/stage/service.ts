import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { createLogBook, type LogLine, parseLogLine } from './log-book.js'

export interface ServiceOptions {
  /** What the story calls it. */
  readonly name: string
  /** What a package exports, such as `@millrace-examples/orders/worker`. */
  readonly module: string
  readonly env: Readonly<Record<string, string>>
  /** Whether a tracing SDK is loaded before it, which writes its spans into the log. */
  readonly isTraced?: boolean
  readonly onLine: (line: LogLine) => void
  /** Ends every wait for the service. The service itself is ended by its owner. */
  readonly signal: AbortSignal
}

/** A part of an example in a process of its own, as it would run in production. */
export interface Service {
  readonly name: string
  readonly isRunning: boolean
  /** Its exit code, or the signal that ended it. */
  readonly exited: Promise<number | string>
  /** What it wrote that is no log line: a crash. */
  readonly stray: string
  /** Resolves with the first line that fits, also one from before the call. Rejects when the service has ended, and after a minute. */
  said(fits: (line: LogLine) => boolean): Promise<LogLine>
  /** SIGTERM, and SIGKILL when it is still there after the grace period. */
  stop(): Promise<number | string>
  /** SIGSTOP: it does nothing any more, and knows nothing of it. */
  freeze(): void
  /** SIGCONT. */
  thaw(): void
  /** SIGKILL, what `kill -9` sends. */
  kill(): Promise<number | string>
}

const graceMs = 30_000
const saidLimitMs = 60_000
const maxStrayChars = 4_000

const running = new Set<ChildProcess>()
// The last line of defence, for a demo that ends without having stopped its services.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export function startService({ name, module, env, isTraced = false, onLine, signal }: ServiceOptions): Service {
  const child = spawnModule(module, env, isTraced)
  const book = createLogBook()
  let stray = ''
  const keep = (text: string): void => {
    stray = (stray + text).slice(-maxStrayChars)
  }
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = parseLogLine(name, text)
    if (line === undefined) return keep(`${text}\n`)
    onLine(line)
    book.add(line)
  })
  child.stderr.setEncoding('utf8').on('data', keep)

  const exited = new Promise<number | string>((resolve) => {
    const end = (how: number | string): void => {
      running.delete(child)
      resolve(how)
      book.end(() => new Error(`${name} ended too early (${how}): ${book.last?.msg ?? 'it logged nothing'}\n${stray}`))
    }
    child.once('error', ({ message }) => end(message))
    child.once('close', (code, how) => end(how ?? code ?? 0))
  })
  return {
    name,
    get isRunning() {
      return running.has(child)
    },
    exited,
    get stray() {
      return stray
    },
    said: (fits) => book.said(fits, AbortSignal.any([signal, AbortSignal.timeout(saidLimitMs)])),
    stop() {
      child.kill('SIGTERM')
      const timer = setTimeout(() => child.kill('SIGKILL'), graceMs)
      return exited.finally(() => clearTimeout(timer))
    },
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    kill() {
      child.kill('SIGKILL')
      return exited
    },
  }
}

/** Whatever Kafka settings stand in the environment of the demo, they are not for its services. */
const notInherited =
  /^(KAFKA_|SCHEMA_REGISTRY_|MILLRACE_|OTEL_|ORDERS_|PIPELINE_|OPS_|LOG_LEVEL$|PORT$|SHUTDOWN_TIMEOUT$|SESSION_TIMEOUT)/

const tracing = new URL('../tracing/register.js', import.meta.url).href

function spawnModule(module: string, env: Readonly<Record<string, string>>, isTraced: boolean) {
  const path = fileURLToPath(import.meta.resolve(module))
  const inherited = Object.entries(process.env).filter(([variable]) => !notInherited.test(variable))
  const child = spawn(process.execPath, ['--enable-source-maps', ...(isTraced ? ['--import', tracing] : []), path], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: Ctrl-C reaches the demo alone, which then stops its services in order.
    detached: true,
  })
  running.add(child)
  return child
}
