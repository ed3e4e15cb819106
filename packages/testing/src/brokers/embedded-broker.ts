import { type Broker, type BrokerOptions, type ListenerOptions, startBroker } from '@millrace/broker'
import { brokerSettings } from './broker-settings.js'
import type { BrokerControl, BrokerUnderTest } from './broker-under-test.js'
import type { ExtraListener } from './kafka-properties.js'
import { TestKitError } from './test-kit-error.js'

export interface EmbeddedBrokerOptions {
  /** Topics that are there from the start, such as `{ orders: 6 }`. Default none. */
  readonly topics?: NonNullable<BrokerOptions['topics']>
  /** Kafka's broker settings by Kafka's names, over those below; one that this broker does not have is refused. */
  readonly properties?: Readonly<Record<string, string>>
  /** Plaintext listeners beside the first one. Default none. */
  readonly listeners?: readonly ExtraListener[]
  /** What all logs may hold together. Default `1GiB`. */
  readonly memoryLimit?: string
}

export interface EmbeddedBroker extends BrokerUnderTest {
  readonly kind: 'embedded'
  readonly control: BrokerControl
  /** The broker itself: faults, waits, inspection, the wire trace. */
  readonly broker: Broker
}

/** As in the template of the JVM broker: waits are short, a topic is there because somebody created it. */
const likeTheTemplate: Readonly<Record<string, string>> = {
  'auto.create.topics.enable': 'false',
  'num.partitions': '1',
  'group.initial.rebalance.delay.ms': '0',
  'group.min.session.timeout.ms': '500',
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500',
}
const nodeId = 1

/**
 * Starts `@millrace/broker` inside this process, on free ports of 127.0.0.1, with the settings of `startJvmBroker`. Resolves
 * within milliseconds. Throws MILLRACE_TEST_BROKER_FAILED for what it can't do.
 */
export async function startEmbeddedBroker(options: EmbeddedBrokerOptions = {}): Promise<EmbeddedBroker> {
  const { topics = {}, properties = {}, listeners = [], memoryLimit = '1GiB' } = options
  const broker = await startBroker({
    ...brokerSettings({ ...likeTheTemplate, ...properties }),
    listeners: Object.fromEntries(listeners.map(asListener)),
    topics,
    memoryLimit,
    nodeId,
  })
  return {
    kind: 'embedded',
    bootstrap: broker.bootstrapServers,
    listeners: broker.listeners,
    control: controlOf(broker),
    broker,
    stop: () => broker.stop(),
  }
}

function asListener({ name, protocol, advertisedPort }: ExtraListener): [string, ListenerOptions] {
  if (protocol !== 'PLAINTEXT') {
    throw new TestKitError('MILLRACE_TEST_BROKER_FAILED', `${name}: the embedded broker has no ${protocol} listeners`)
  }
  return [name, advertisedPort === undefined ? {} : { advertised: { host: '127.0.0.1', port: advertisedPort } }]
}

function controlOf(broker: Broker): BrokerControl {
  let thaw: (() => void) | undefined
  return {
    pid: undefined,
    pause() {
      thaw ??= broker.freeze()
    },
    resume() {
      thaw?.()
      thaw = undefined
    },
    async kill() {
      thaw = undefined
      await broker.takeDown()
    },
    async restart() {
      thaw = undefined
      await broker.restart()
    },
  }
}
