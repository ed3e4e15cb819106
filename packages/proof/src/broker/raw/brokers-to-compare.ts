import { startBroker } from '@millrace/broker'
import { type BrokerUnavailable, isUnavailable, kafkaVersion, startJvmBroker } from '@millrace/testing'
import { type Address, connectRaw } from './raw-connection.js'
import type { BrokerSettings } from './script.js'

export interface BrokerToCompare {
  readonly address: Address
  stop(): Promise<void>
}

/** Both sides have this id: it stands in answers. */
const nodeId = 1
const shortestSessionMs = 500
const reaperIntervalMs = 500

export async function startEmbedded(settings: BrokerSettings = {}): Promise<BrokerToCompare> {
  const { initialRebalanceDelayMs, maxGroupSize, ...same } = settings
  const broker = await startBroker({
    nodeId,
    ...same,
    groups: {
      minSessionTimeout: shortestSessionMs,
      ...(initialRebalanceDelayMs === undefined ? {} : { initialRebalanceDelay: initialRebalanceDelayMs }),
      ...(maxGroupSize === undefined ? {} : { maxSize: maxGroupSize }),
    },
    transactions: { reaperInterval: reaperIntervalMs },
  })
  const address = { host: '127.0.0.1', port: broker.port }
  await takeFirstProducerId(address)
  return { address, stop: () => broker.stop() }
}

/** The launcher of the JVM takes it to see whether the coordinator is there. */
async function takeFirstProducerId(address: Address): Promise<void> {
  const connection = await connectRaw(address)
  await connection.ask('InitProducerId', 1, { transactionalId: null, transactionTimeoutMs: 1_000 })
  connection.end()
}

/** Apache Kafka in the one version that the answers are those of, whatever brokers the other suites run on. */
export async function startKafka(
  settings: BrokerSettings = {},
  signal?: AbortSignal,
): Promise<BrokerToCompare | BrokerUnavailable> {
  const broker = await startJvmBroker({ kafkaVersion, properties: propertiesOf(settings), ...(signal && { signal }) })
  if (isUnavailable(broker)) return broker
  const [host = '', port = ''] = broker.bootstrap[0]?.split(':') ?? []
  return { address: { host, port: Number(port) }, stop: () => broker.stop() }
}

/** What differs from the test kit's template, in Kafka's words. */
function propertiesOf(settings: BrokerSettings): Record<string, string> {
  const { autoCreateTopics, defaultPartitions, initialRebalanceDelayMs, maxGroupSize } = settings
  const given = {
    'auto.create.topics.enable': autoCreateTopics,
    'num.partitions': defaultPartitions,
    'group.initial.rebalance.delay.ms': initialRebalanceDelayMs,
    'group.max.size': maxGroupSize,
    // Scripts write records of 1970, which retention would take away after half a minute.
    'log.initial.task.delay.ms': 3_600_000,
  }
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  )
}
