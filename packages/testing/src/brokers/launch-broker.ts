import { type BrokerUnavailable, type BrokerUnderTest, isUnavailable } from './broker-under-test.js'
import { startEmbeddedBroker } from './embedded-broker.js'
import { findExternalBroker } from './external-broker.js'
import { type JvmBrokerOptions, startJvmBroker } from './jvm-broker.js'
import { TestKitError } from './test-kit-error.js'
import { startTestcontainersBroker } from './testcontainers-broker.js'

export interface LaunchOptions extends JvmBrokerOptions {
  /**
   * `embedded`: inside this process, within milliseconds. `real`: Apache Kafka by whatever way this machine offers, a JVM child
   * process or else a container. Default `embedded`.
   */
  readonly prefer?: 'embedded' | 'real'
}

/**
 * A broker for tests: the cluster of MILLRACE_TEST_BROKERS if that is set, else what `prefer` says. Properties and listeners are
 * for the embedded and the JVM broker, the rest for the latter alone; what stands outside can't honour any of them.
 * With `CI` set it throws MILLRACE_TEST_BROKER_MISSING where a real one is asked for and there is none, instead of "unavailable".
 */
export async function launchBroker(options: LaunchOptions = {}): Promise<BrokerUnderTest | BrokerUnavailable> {
  const found = await findBroker(options)
  if (isUnavailable(found) && isRealKafkaRequired(options.env ?? process.env)) {
    throw new TestKitError('MILLRACE_TEST_BROKER_MISSING', `CI is set and Kafka is required: ${found.unavailable}`)
  }
  return found
}

/** `launchBroker` without the rule for CI. */
export async function findBroker(options: LaunchOptions = {}): Promise<BrokerUnderTest | BrokerUnavailable> {
  const { env = process.env, signal, prefer = 'embedded' } = options
  const external = await findExternalBroker(env, { signal })
  if (external !== undefined) return external
  if (prefer === 'embedded') {
    const { properties = {}, listeners = [] } = options
    return startEmbeddedBroker({ properties, listeners })
  }

  const jvm = await startJvmBroker(options)
  if (!isUnavailable(jvm)) return jvm
  const container = await startTestcontainersBroker({ env, signal })
  // Without an engine the way to Java is the shorter advice, so that line is the one to show.
  return isUnavailable(container) ? jvm : container
}

/** Whether `CI` asks for a failure where a developer's machine gets a skip. */
export const isRealKafkaRequired = (env: NodeJS.ProcessEnv): boolean =>
  !['', '0', 'false'].includes((env['CI'] ?? '').toLowerCase())
