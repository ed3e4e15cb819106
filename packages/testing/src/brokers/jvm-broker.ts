import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrokerUnavailable, type BrokerUnderTest, isUnavailable } from './broker-under-test.js'
import { classArchiveOptions } from './class-archive.js'
import { formattedStorage } from './formatted-storage.js'
import { freePorts } from './free-ports.js'
import { kafkaJvmFile, prepareKafkaJvm } from './kafka-jars.js'
import { type NodeStart, startKafkaNode } from './kafka-node.js'
import { type ExtraListener, type NodeAddress, refusedProperties, serverProperties } from './kafka-properties.js'
import type { LeashedProcess } from './leashed-process.js'
import { TestKitError } from './test-kit-error.js'

export interface JvmBrokerOptions {
  /** Lines of server.properties, over those of `kafka-jvm/single.properties`. `@DIR@` in a value is the broker's directory. */
  readonly properties?: Readonly<Record<string, string>>
  /** Listeners beside the plaintext one; each gets a free port on 127.0.0.1. Default none. */
  readonly listeners?: readonly ExtraListener[]
  /** More arguments of `kafka-storage format`, such as `--add-scram`. Default none. */
  readonly formatArgs?: readonly string[]
  /** More JVM options, such as `-Xmx1g`; they win over the launcher's. Default none. */
  readonly javaOptions?: readonly string[]
  /** How long one start may take, milliseconds; fetching the jars comes on top, once per user. Default 60,000. */
  readonly startTimeoutMs?: number
  /** Default `process.env`: `JAVA_HOME`, `MILLRACE_CACHE`, `XDG_CACHE_HOME`. */
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
}

const stopGraceMs = 3000
const startsWithOtherPorts = 3

/**
 * Starts real Apache Kafka as a child process: one node, free ports on 127.0.0.1, topics only by request. Resolves when
 * its coordinators answer too; the process dies with this one, however this one dies. Unavailable without Java 17 or,
 * on the first use, without Maven. Throws MILLRACE_TEST_BROKER_FAILED when a complete installation does not start.
 */
export async function startJvmBroker(options: JvmBrokerOptions = {}): Promise<BrokerUnderTest | BrokerUnavailable> {
  const { properties = {}, listeners = [], env = process.env, signal } = options
  const refused = refusedProperties(properties)
  if (refused.length > 0) {
    throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', `the launcher decides ${refused.join(', ')} itself`)
  }
  const jvm = await prepareKafkaJvm(env, signal)
  if (isUnavailable(jvm)) return jvm
  const storage = await formattedStorage(jvm, options.formatArgs ?? [], signal)

  const furnish = async (directory: string, wanted: Pick<JvmBrokerOptions, 'properties' | 'listeners'>) => {
    const address = await newAddress(directory, wanted.listeners?.length ?? 0)
    const settings = { listeners: wanted.listeners ?? [], properties: wanted.properties ?? {} }
    await cp(storage, directory, { recursive: true })
    const template = await readFile(kafkaJvmFile('single.properties'), 'utf8')
    await writeFile(join(directory, 'server.properties'), serverProperties(template, address, settings))
    return address
  }
  const archive = await classArchiveOptions(jvm, async (directory) => (await furnish(directory, {})).port, signal)

  for (let tries = 1; ; tries += 1) {
    const directory = await mkdtemp(join(tmpdir(), 'millrace-kafka-'))
    try {
      const address = await furnish(directory, { properties, listeners })
      const timeoutMs = options.startTimeoutMs ?? 60_000
      const javaOptions = [...archive, ...(options.javaOptions ?? [])]
      const start: NodeStart = { jvm, directory, port: address.port, javaOptions, timeoutMs, signal }
      return runningBroker(await startKafkaNode(start), start, listenerAddresses(listeners, address))
    } catch (error) {
      await rm(directory, { recursive: true, force: true })
      if (tries >= startsWithOtherPorts || !isPortTaken(error)) throw error
    }
  }
}

async function newAddress(directory: string, extra: number): Promise<NodeAddress> {
  const [port = 0, controllerPort = 0, ...extraPorts] = await freePorts(2 + extra)
  return { directory, port, controllerPort, extraPorts }
}

const listenerAddresses = (listeners: readonly ExtraListener[], { extraPorts }: NodeAddress): Record<string, string> =>
  Object.fromEntries(listeners.map(({ name }, index) => [name, `127.0.0.1:${extraPorts[index]}`]))

/** Java's own words, since another process may take a picked port first. */
const isPortTaken = (error: unknown): boolean =>
  error instanceof TestKitError && error.message.includes('Address already in use')

function runningBroker(first: LeashedProcess, start: NodeStart, listeners: Record<string, string>): BrokerUnderTest {
  let node = first
  return {
    kind: 'jvm',
    bootstrap: [`127.0.0.1:${start.port}`],
    listeners,
    control: {
      get pid() {
        return node.pid
      },
      pause: () => node.signal('SIGSTOP'),
      resume: () => node.signal('SIGCONT'),
      kill: () => node.stop(0),
      async restart() {
        await node.stop(stopGraceMs)
        const { signal: _onlyTheFirstStart, ...again } = start
        node = await startKafkaNode(again)
      },
    },
    async stop() {
      await node.stop(stopGraceMs)
      await rm(start.directory, { recursive: true, force: true })
    },
  }
}
