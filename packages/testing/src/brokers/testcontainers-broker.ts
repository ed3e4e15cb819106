import { readFile } from 'node:fs/promises'
import { awaitReady } from './await-ready.js'
import { type BrokerUnavailable, type BrokerUnderTest, isUnavailable } from './broker-under-test.js'
import { findDockerEngine } from './docker-engine.js'
import { freePorts } from './free-ports.js'
import { kafkaJvmFile, kafkaVersion } from './kafka-jars.js'
import { TestKitError } from './test-kit-error.js'

/** Inside the container only; outside it is a free port. */
const portInside = 9092
const startTimeoutMs = 120_000

/** Real Apache Kafka in a container, where a Docker engine answers and `testcontainers` is installed; unavailable otherwise. */
export async function startTestcontainersBroker(
  options: { readonly env?: NodeJS.ProcessEnv; readonly signal?: AbortSignal | undefined } = {},
): Promise<BrokerUnderTest | BrokerUnavailable> {
  const engine = await findDockerEngine(options.env ?? process.env)
  if (isUnavailable(engine)) return engine
  const library = await import('testcontainers').catch(() => undefined)
  if (library === undefined)
    return { unavailable: 'the package testcontainers is not installed (pnpm add -D testcontainers)' }

  // Kafka tells its clients where it is, so the outer port must be known before the container starts.
  const [port = 0] = await freePorts(1)
  const settings = containerEnvironment(
    await readFile(kafkaJvmFile('single.properties'), 'utf8'),
    `${engine.host}:${port}`,
  )
  const address = { host: engine.host, port }
  try {
    const container = await new library.GenericContainer(`apache/kafka:${kafkaVersion}`)
      .withExposedPorts({ container: portInside, host: port })
      .withEnvironment(settings)
      .withStartupTimeout(startTimeoutMs)
      .start()
    try {
      await awaitReady(address, { timeoutMs: startTimeoutMs, signal: options.signal, listed: [address] })
    } catch (error) {
      await container.stop()
      throw error
    }
    return runningContainer(`${engine.host}:${port}`, () => container.stop())
  } catch (cause) {
    options.signal?.throwIfAborted()
    throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', `apache/kafka:${kafkaVersion} did not start in Docker`, {
      cause,
    })
  }
}

function runningContainer(address: string, stopContainer: () => Promise<unknown>): BrokerUnderTest {
  let stopping: Promise<unknown> | undefined
  return {
    kind: 'testcontainers',
    bootstrap: [address],
    listeners: {},
    control: undefined,
    async stop() {
      stopping ??= stopContainer()
      await stopping
    },
  }
}

/** The same settings as the JVM broker in the image's form: `a.b.c=d` is `KAFKA_A_B_C=d`. */
export function containerEnvironment(template: string, advertised: string): Record<string, string> {
  const controller = '127.0.0.1:9093'
  const decided: Record<string, string> = {
    listeners: `PLAINTEXT://0.0.0.0:${portInside},CONTROLLER://${controller}`,
    'advertised.listeners': `PLAINTEXT://${advertised}`,
    'log.dirs': '/tmp/kraft-combined-logs',
  }
  const isSetting = (line: string) => line.includes('=') && !line.startsWith('#')
  const lines = template.split('\n').filter((line) => isSetting(line) && !line.startsWith('controller.quorum'))
  // The image formats its own storage, and that is documented for static voters.
  lines.push(`controller.quorum.voters=1@${controller}`)
  const settings = lines.map((line): [string, string] => {
    const at = line.indexOf('=')
    return [line.slice(0, at), line.slice(at + 1)]
  })
  return Object.fromEntries(
    settings.map(([name, value]) => [`KAFKA_${name.toUpperCase().replaceAll('.', '_')}`, decided[name] ?? value]),
  )
}
