import { join } from 'node:path'
import { awaitReady } from './await-ready.js'
import type { KafkaJvm } from './kafka-jars.js'
import { type LeashedProcess, spawnLeashed } from './leashed-process.js'
import { TestKitError } from './test-kit-error.js'

/** A small heap, a collector without threads and no second compiler: what makes one broker start fast on two cores. */
const jvmOptions = [
  '-Xms64m',
  '-Xmx384m',
  '-XX:+UseSerialGC',
  '-XX:TieredStopAtLevel=1',
  '-Djava.awt.headless=true',
  '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
]

/** The java arguments of one of Kafka's main classes, the caller's JVM options last so that they win. */
export const kafkaCommand = (
  jvm: KafkaJvm,
  options: readonly string[],
  main: string,
  args: readonly string[],
): string[] => [...jvmOptions, ...options, '-cp', jvm.classpath, main, ...args]

export interface NodeStart {
  readonly jvm: KafkaJvm
  /** Holds server.properties and the formatted data; removed if this process dies before it could. */
  readonly directory: string
  readonly port: number
  /** Ports of the other nodes of its cluster that must be there as well, all on 127.0.0.1. Default none. */
  readonly peers?: readonly number[]
  readonly javaOptions: readonly string[]
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

/** Starts a broker process on a formatted directory and waits until it is ready. Leaves no process behind when it rejects. */
export async function startKafkaNode(start: NodeStart): Promise<LeashedProcess> {
  const { jvm, directory, port, javaOptions, timeoutMs } = start
  start.signal?.throwIfAborted()
  // Compression libraries unpack their native parts there, and a killed broker could not delete them.
  const options = [`-Djava.io.tmpdir=${directory}`, ...javaOptions]
  const args = kafkaCommand(jvm, options, 'kafka.Kafka', [join(directory, 'server.properties')])
  const node = await spawnLeashed(jvm.java.java, args, { removeIfOrphaned: directory })

  const ended = new AbortController()
  const signal = start.signal === undefined ? ended.signal : AbortSignal.any([ended.signal, start.signal])
  void node.exited.then(() => ended.abort())
  try {
    const at = (one: number) => ({ host: '127.0.0.1', port: one })
    await awaitReady(at(port), { timeoutMs, signal, listed: [port, ...(start.peers ?? [])].map(at) })
    return node
  } catch (cause) {
    const itself = node.isRunning() ? 'did not become ready' : 'ended at once'
    await node.stop(0)
    start.signal?.throwIfAborted()
    throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', `Kafka ${itself} (port ${port}):\n${node.tail()}`, { cause })
  }
}
