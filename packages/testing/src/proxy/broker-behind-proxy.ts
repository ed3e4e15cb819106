import { type BrokerUnavailable, type BrokerUnderTest, isUnavailable } from '../brokers/broker-under-test.js'
import { parseAddresses } from '../brokers/external-broker.js'
import { startJvmBroker } from '../brokers/jvm-broker.js'
import { type JvmCluster, type JvmClusterOptions, startJvmCluster } from '../brokers/jvm-cluster.js'
import type { ExtraListener } from '../brokers/kafka-properties.js'
import { startEmbeddedBroker } from '../brokers/embedded-broker.js'
import type { LaunchOptions } from '../brokers/launch-broker.js'
import type { HostPort } from '../brokers/raw-request.js'
import { type FaultProxy, openFaultProxy } from './fault-proxy.js'

export interface BrokerBehindProxy {
  /** Its own `bootstrap` goes past the proxy: for the probe and the admin that look on. */
  readonly broker: BrokerUnderTest
  /** The address of the proxy, for the client under test. Whatever it asks the broker, it is sent back to this address. */
  readonly bootstrap: readonly string[]
  readonly proxy: FaultProxy
  stop(): Promise<void>
}

export interface ClusterBehindProxy {
  /** Its own addresses go past the proxy. */
  readonly cluster: JvmCluster
  /** The addresses of the proxy, one per node. */
  readonly bootstrap: readonly string[]
  readonly proxy: FaultProxy
  stop(): Promise<void>
}

const listenerName = 'PROXIED'
/** The id of the only node of `startJvmBroker`, and of `startEmbeddedBroker`. */
const nodeId = 1

/** The listener of a node whose clients are sent to the proxy. */
const proxiedListener = (proxy: FaultProxy, node: number): ExtraListener => ({
  name: listenerName,
  protocol: 'PLAINTEXT',
  advertisedPort: Number(proxy.addresses.get(node)?.split(':')[1]),
})

const proxiedAddress = (listeners: Readonly<Record<string, string>>): HostPort | undefined =>
  parseAddresses(listeners[listenerName] ?? '')[0]

/** `startEmbeddedBroker`, or where real Kafka is preferred `startJvmBroker`, with a fault proxy in front. */
export async function startBrokerBehindProxy(
  options: LaunchOptions = {},
): Promise<BrokerBehindProxy | BrokerUnavailable> {
  let address: HostPort | undefined
  const proxy = await openFaultProxy({ nodes: [nodeId], brokerOf: () => address })
  try {
    const listeners = [...(options.listeners ?? []), proxiedListener(proxy, nodeId)]
    const broker = await start({ ...options, listeners })
    if (isUnavailable(broker)) {
      await proxy.close()
      return broker
    }
    address = proxiedAddress(broker.listeners)
    return {
      broker,
      bootstrap: [...proxy.addresses.values()],
      proxy,
      async stop() {
        await proxy.close()
        await broker.stop()
      },
    }
  } catch (error) {
    await proxy.close()
    throw error
  }
}

const start = ({ prefer = 'embedded', ...options }: LaunchOptions): Promise<BrokerUnderTest | BrokerUnavailable> => {
  const { properties = {}, listeners = [] } = options
  return prefer === 'embedded' ? startEmbeddedBroker({ properties, listeners }) : startJvmBroker(options)
}

/** `startJvmCluster` with a fault proxy in front of each node: `which.node` says whom a fault is for. */
export async function startClusterBehindProxy(
  options: JvmClusterOptions = {},
): Promise<ClusterBehindProxy | BrokerUnavailable> {
  const nodes = Array.from({ length: options.nodes ?? 3 }, (_, index) => index + 1)
  const brokers = new Map<number, HostPort | undefined>()
  const proxy = await openFaultProxy({ nodes, brokerOf: (node) => brokers.get(node) })
  try {
    const listenersOf = (node: number) => [...(options.listenersOf?.(node) ?? []), proxiedListener(proxy, node)]
    const cluster = await startJvmCluster({ ...options, listenersOf })
    if (isUnavailable(cluster)) {
      await proxy.close()
      return cluster
    }
    for (const { id, listeners } of cluster.nodes) brokers.set(id, proxiedAddress(listeners))
    return {
      cluster,
      bootstrap: [...proxy.addresses.values()],
      proxy,
      async stop() {
        await proxy.close()
        await cluster.stop()
      },
    }
  } catch (error) {
    await proxy.close()
    throw error
  }
}
