import {
  type BrokerUnavailable,
  type BrokerUnderTest,
  isUnavailable,
  type ProcessControl,
} from './broker-under-test.js'
import { prepareKafkaJvm, wantedKafkaVersion } from './kafka-jars.js'
import type { ExtraListener } from './kafka-properties.js'
import { startNodes } from './start-nodes.js'
import { TestKitError } from './test-kit-error.js'

export interface JvmOptions {
  /** Lines of server.properties, over those of the template in `kafka-jvm`. `@DIR@` in a value is the broker's directory. */
  readonly properties?: Readonly<Record<string, string>>
  /** More arguments of `kafka-storage format`, such as `--add-scram`. Default none. */
  readonly formatArgs?: readonly string[]
  /** More JVM options, such as `-Xmx1g`; they win over the launcher's. Default none. */
  readonly javaOptions?: readonly string[]
  /** Such as `3.9.1`; 3.6 is the oldest. Default MILLRACE_TEST_KAFKA_VERSION, else `kafkaVersion`. */
  readonly kafkaVersion?: string
  /** How long one start may take, milliseconds; fetching the jars comes on top, once per user. Default 60,000, of a cluster 120,000. */
  readonly startTimeoutMs?: number
  /** Default `process.env`: `JAVA_HOME`, `MILLRACE_TEST_KAFKA_VERSION`, `MILLRACE_CACHE`, `XDG_CACHE_HOME`. */
  readonly env?: NodeJS.ProcessEnv
  readonly signal?: AbortSignal
}

export interface JvmBrokerOptions extends JvmOptions {
  /** Listeners beside the plaintext one; each gets a free port on 127.0.0.1. Default none. */
  readonly listeners?: readonly ExtraListener[]
}

export interface JvmBroker extends BrokerUnderTest {
  readonly kind: 'jvm'
  readonly control: ProcessControl
}

/**
 * Starts real Apache Kafka as a child process: one node, free ports on 127.0.0.1, topics only by request. Resolves when
 * its coordinators answer too; the process dies with this one, however this one dies. Unavailable without Java 17 or,
 * on the first use, without Maven. Throws MILLRACE_TEST_BROKER_FAILED when a complete installation does not start.
 */
export async function startJvmBroker(options: JvmBrokerOptions = {}): Promise<JvmBroker | BrokerUnavailable> {
  const { env = process.env, signal } = options
  const jvm = await prepareKafkaJvm(env, signal, wantedKafkaVersion(env, options.kafkaVersion))
  if (isUnavailable(jvm)) return jvm
  const [node] = await startNodes(jvm, {
    template: 'single.properties',
    nodeIds: [1],
    formatArgs: options.formatArgs ?? [],
    properties: options.properties ?? {},
    listenersOf: () => options.listeners ?? [],
    javaOptions: options.javaOptions ?? [],
    timeoutMs: options.startTimeoutMs ?? 60_000,
    signal,
  })
  if (node === undefined) throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', 'no node was started')
  const { address, listeners, control } = node
  return { kind: 'jvm', bootstrap: [address], listeners, control, stop: () => node.stop() }
}
