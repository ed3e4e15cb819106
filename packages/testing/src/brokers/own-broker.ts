import { type BrokerBehindProxy, startBrokerBehindProxy } from '../proxy/broker-behind-proxy.js'
import { type BrokerControl, type BrokerUnavailable, type BrokerUnderTest, isUnavailable } from './broker-under-test.js'
import { startEmbeddedBroker } from './embedded-broker.js'
import { startJvmBroker } from './jvm-broker.js'
import { TestKitError } from './test-kit-error.js'

export interface OwnBrokerOptions {
  /** Kafka's broker settings by Kafka's names; the embedded broker refuses what it does not have. Default none. */
  readonly properties?: Readonly<Record<string, string>>
}

/** A broker that its test may hurt, because nobody else uses it. */
export interface OwnBroker extends BrokerUnderTest {
  readonly control: BrokerControl
}

export interface OwnBrokerBehindProxy extends BrokerBehindProxy {
  readonly broker: OwnBroker
}

/** Brokers of one kind, each for one test or one file. Whoever starts one stops it. */
export interface OwnBrokers {
  /** Throws MILLRACE_TEST_BROKER_FAILED where there can't be one. */
  launch(options?: OwnBrokerOptions): Promise<OwnBroker>
  /** The same with a fault proxy in front. */
  launchBehindProxy(options?: OwnBrokerOptions): Promise<OwnBrokerBehindProxy>
}

/** Embedded beside an embedded broker; beside any other one, which is not ours to hurt, a JVM of our own. */
export function ownBrokersLike(kind: BrokerUnderTest['kind']): OwnBrokers {
  const prefer = kind === 'embedded' ? 'embedded' : 'real'
  return {
    launch: async (options = {}) =>
      owned(await (prefer === 'embedded' ? startEmbeddedBroker(options) : startJvmBroker(options))),
    async launchBehindProxy(options = {}) {
      const behind = await startBrokerBehindProxy({ ...options, prefer })
      if (isUnavailable(behind)) throw missing(behind)
      return { ...behind, broker: owned(behind.broker) }
    },
  }
}

function owned(found: BrokerUnderTest | BrokerUnavailable): OwnBroker {
  if (isUnavailable(found)) throw missing(found)
  const { control } = found
  if (control === undefined) throw missing({ unavailable: `a ${found.kind} broker can't be hurt` })
  return { ...found, control }
}

const missing = ({ unavailable }: BrokerUnavailable): TestKitError =>
  new TestKitError('MILLRACE_TEST_BROKER_FAILED', `no broker of our own: ${unavailable}`)
