import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BrokerUnavailable, isUnavailable } from '../brokers/broker-under-test.js'
import { buildOnce, cacheKey } from '../brokers/cache-directory.js'
import { kafkaJvmFile, type KafkaJvm, prepareKafkaJvm } from '../brokers/kafka-jars.js'
import { lastLines, runCommand } from '../brokers/run-command.js'
import { TestKitError } from '../brokers/test-kit-error.js'
import type { RunningProbe } from './running-probe.js'

export interface ProbeOptions {
  /** Default `process.env`. */
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
}

const startTimeoutMs = 30_000
const stopGraceMs = 3000

/**
 * Starts the one Java process behind every probe client of a test run, compiling it first where its source is new. It
 * listens, rather than only speaking on its pipes, because test files run in processes of their own. It ends when this
 * process does: its standard input is the leash. Unavailable without a JDK.
 */
export async function startJavaProbe(options: ProbeOptions = {}): Promise<RunningProbe | BrokerUnavailable> {
  const jvm = await prepareKafkaJvm(options.env ?? process.env, options.signal)
  if (isUnavailable(jvm)) return jvm
  const classes = await compileProbe(jvm, options.signal)
  if (isUnavailable(classes)) return classes

  const flags = [
    '-Xmx512m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
  ]
  const classpath = `${classes.directory}${delimiter}${jvm.classpath}`
  const child = spawn(jvm.java.java, [...flags, '-cp', classpath, 'MillraceProbe'], { stdio: 'pipe', detached: true })
  let errors = ''
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors = (errors + chunk).slice(-16_384)
  })
  // It is gone already; its exit says so to whoever waits for it.
  child.stdin.on('error', () => undefined)

  try {
    const limit = AbortSignal.timeout(startTimeoutMs)
    const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal])
    const port = await firstNumber(child, signal)
    return { kind: 'java', port, pid: child.pid ?? 0, stop: () => stopChild(child) }
  } catch (cause) {
    await stopChild(child)
    options.signal?.throwIfAborted()
    throw new TestKitError('MILLRACE_TEST_PROBE_FAILED', `the Java probe did not start:\n${lastLines(errors)}`, {
      cause,
    })
  }
}

async function compileProbe(
  jvm: KafkaJvm,
  signal?: AbortSignal,
): Promise<{ readonly directory: string } | BrokerUnavailable> {
  const folder = kafkaJvmFile('src')
  const sources = (await readdir(folder)).toSorted().map((name) => join(folder, name))
  const texts = await Promise.all(sources.map((source) => readFile(source, 'utf8')))
  const target = join(jvm.cache, `probe-${cacheKey(jvm.key, ...texts)}`)
  let noCompiler = false
  const directory = await buildOnce(target, async (draft) => {
    const args = ['-encoding', 'UTF-8', '-cp', jvm.classpath, '-d', draft, ...sources]
    const outcome = await runCommand(jvm.java.javac, args, { timeoutMs: 120_000, signal })
    if (outcome.kind === 'done') return
    noCompiler = outcome.kind === 'not-found'
    const why = outcome.kind === 'failed' ? `${outcome.reason}\n${outcome.output}` : 'no javac'
    throw new TestKitError('MILLRACE_TEST_PROBE_FAILED', `the Java probe does not compile: ${why}`)
  }).catch((error: unknown) => {
    if (!noCompiler) throw error
  })
  return directory === undefined
    ? { unavailable: `${jvm.java.javac} not found: a runtime alone is not enough (install a JDK)` }
    : { directory }
}

/** The port is the first line that it prints. */
async function firstNumber(child: ChildProcess, signal: AbortSignal): Promise<number> {
  const ended = new AbortController()
  child.once('exit', () => ended.abort(new Error('it ended at once')))
  child.once('error', (error) => ended.abort(error))
  const [line]: unknown[] = await once(child.stdout ?? child, 'data', {
    signal: AbortSignal.any([signal, ended.signal]),
  })
  child.stdout?.resume()
  return Number.parseInt(String(line), 10)
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.stdin?.end()
  const done = new AbortController()
  const late = delay(stopGraceMs, undefined, { signal: done.signal }).then(
    () => child.kill('SIGKILL'),
    () => undefined, // it ended in time, which is what aborts the wait
  )
  await exited
  done.abort()
  await late
}
