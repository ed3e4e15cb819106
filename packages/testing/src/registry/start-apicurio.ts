import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type BrokerUnavailable, isUnavailable } from '../brokers/broker-under-test.js'
import { freePorts } from '../brokers/free-ports.js'
import { type LeashedProcess, spawnLeashed } from '../brokers/leashed-process.js'
import { TestKitError } from '../brokers/test-kit-error.js'
import { type ApicurioFiles, prepareApicurio } from './apicurio-files.js'

export interface ApicurioOptions {
  /** How long the start may take, milliseconds; fetching it comes on top, once per user. Default 60,000. */
  readonly startTimeoutMs?: number
  /** Default `process.env`: `JAVA_HOME`, `MILLRACE_CACHE`, `XDG_CACHE_HOME`. */
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
}

export interface Apicurio {
  readonly kind: 'apicurio'
  /** Of its API in Confluent's form, without a slash at the end. */
  readonly url: string
  readonly pid: number
  /** Ends it and removes its files; safe to call twice. */
  stop(): Promise<void>
}

const jvmOptions = ['-Xms64m', '-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Djava.awt.headless=true']
const startsWithOtherPorts = 3
const betweenTriesMs = 50
const oneTryMs = 5000
const stopGraceMs = 3000

/**
 * Starts Apicurio Registry as a child process on 127.0.0.1, in memory, with the level BACKWARD that Confluent's registry begins with.
 * The process dies with this one, however this one dies. Unavailable without Java 17 or, on the first use, without Maven. Throws
 * MILLRACE_TEST_BROKER_FAILED when what is there does not start.
 */
export async function startApicurio(options: ApicurioOptions = {}): Promise<Apicurio | BrokerUnavailable> {
  const { env = process.env, signal } = options
  const files = await prepareApicurio(env, signal)
  if (isUnavailable(files)) return files
  for (let tries = 1; ; tries += 1) {
    try {
      return await startOnce(files, options)
    } catch (error) {
      const isPortTaken = error instanceof TestKitError && error.message.includes('already in use')
      if (!isPortTaken || tries >= startsWithOtherPorts) throw error
    }
  }
}

async function startOnce({ java, runner }: ApicurioFiles, options: ApicurioOptions): Promise<Apicurio> {
  options.signal?.throwIfAborted()
  const [port = 0] = await freePorts(1)
  const directory = await mkdtemp(join(tmpdir(), 'millrace-apicurio-'))
  const settings = [
    `-Djava.io.tmpdir=${directory}`,
    '-Dquarkus.http.host=127.0.0.1',
    `-Dquarkus.http.port=${port}`,
    // Another spacing of a schema is the same schema, as it is to Confluent's registry.
    '-Dregistry.ccompat.use-canonical-hash=true',
  ]
  const child = await spawnLeashed(java.java, [...jvmOptions, ...settings, '-jar', runner], {
    removeIfOrphaned: directory,
  })
  const stop = async (graceMs: number) => {
    await child.stop(graceMs)
    await rm(directory, { recursive: true, force: true })
  }
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`
  try {
    await untilAnswered(url, child, options)
    await setLevel(url)
    return { kind: 'apicurio', url, pid: child.pid, stop: () => stop(stopGraceMs) }
  } catch (cause) {
    const itself = child.isRunning() ? 'did not become ready' : 'ended at once'
    await stop(0)
    options.signal?.throwIfAborted()
    throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', `Apicurio ${itself} (port ${port}):\n${child.tail()}`, {
      cause,
    })
  }
}

async function untilAnswered(url: string, child: LeashedProcess, options: ApicurioOptions): Promise<void> {
  const ended = new AbortController()
  void child.exited.then(() => ended.abort())
  const limits = [ended.signal, AbortSignal.timeout(options.startTimeoutMs ?? 60_000)]
  const limit = AbortSignal.any(options.signal === undefined ? limits : [...limits, options.signal])
  for (;;) {
    try {
      const answer = await fetch(`${url}/subjects`, { signal: AbortSignal.any([limit, AbortSignal.timeout(oneTryMs)]) })
      await answer.arrayBuffer()
      if (answer.ok) return
    } catch (error) {
      // Not listening yet is what every failure means here, until time is up.
      if (limit.aborted) throw error
    }
    await delay(betweenTriesMs, undefined, { signal: limit })
  }
}

async function setLevel(url: string): Promise<void> {
  const answer = await fetch(`${url}/config`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ compatibility: 'BACKWARD' }),
    signal: AbortSignal.timeout(oneTryMs),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`PUT /config answered ${answer.status}: ${text}`)
}
