import { type BrokerUnavailable, isUnavailable } from './broker-under-test.js'
import type { JvmOptions } from './jvm-broker.js'
import { prepareKafkaJvm, wantedKafkaVersion } from './kafka-jars.js'
import type { ExtraListener } from './kafka-properties.js'
import type { RunningNode } from './running-node.js'
import { startNodes } from './start-nodes.js'

export interface JvmClusterOptions extends JvmOptions {
  /** Default 3, with replication 3 and two in-sync replicas for a write, also of the internal topics. */
  readonly nodes?: 3 | 4 | 5
  /** Listeners of a node beside the plaintext one. Default none. */
  readonly listenersOf?: (nodeId: number) => readonly ExtraListener[]
}

export interface JvmCluster {
  /** Every node, in the order of `nodes`. */
  readonly bootstrap: readonly string[]
  /** Ids from 1. A node that was killed and started again is back in the in-sync sets about three seconds later. */
  readonly nodes: readonly Omit<RunningNode, 'stop'>[]
  stop(): Promise<void>
}

/**
 * Starts a cluster of Apache Kafka in child processes: each node broker and controller in one, failover after about two
 * seconds. Resolves when each node knows all the others and its coordinators answer. Otherwise as `startJvmBroker`.
 */
export async function startJvmCluster(options: JvmClusterOptions = {}): Promise<JvmCluster | BrokerUnavailable> {
  const { env = process.env, signal, nodes: count = 3 } = options
  const jvm = await prepareKafkaJvm(env, signal, wantedKafkaVersion(env, options.kafkaVersion))
  if (isUnavailable(jvm)) return jvm
  const nodes = await startNodes(jvm, {
    template: 'node.properties',
    nodeIds: Array.from({ length: count }, (_, index) => index + 1),
    formatArgs: options.formatArgs ?? [],
    properties: options.properties ?? {},
    listenersOf: options.listenersOf ?? (() => []),
    javaOptions: options.javaOptions ?? [],
    timeoutMs: options.startTimeoutMs ?? 120_000,
    signal,
  })
  return {
    bootstrap: nodes.map(({ address }) => address),
    nodes,
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()))
    },
  }
}
