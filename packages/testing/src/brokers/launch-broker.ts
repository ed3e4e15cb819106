import { type BrokerUnavailable, type BrokerUnderTest, isUnavailable } from './broker-under-test.js'
import { findExternalBroker } from './external-broker.js'
import { type JvmBrokerOptions, startJvmBroker } from './jvm-broker.js'
import { TestKitError } from './test-kit-error.js'
import { startTestcontainersBroker } from './testcontainers-broker.js'

/**
 * A real Kafka by whatever way this machine offers: the cluster of MILLRACE_TEST_BROKERS if that is set, else a JVM child
 * process, else a container. Options are those of the JVM broker; the other two can't honour them.
 * With `CI` set it throws MILLRACE_TEST_BROKER_MISSING instead of answering "unavailable".
 */
export async function launchBroker(options: JvmBrokerOptions = {}): Promise<BrokerUnderTest | BrokerUnavailable> {
  const found = await findBroker(options)
  if (isUnavailable(found) && isRealKafkaRequired(options.env ?? process.env)) {
    throw new TestKitError('MILLRACE_TEST_BROKER_MISSING', `CI is set and Kafka is required: ${found.unavailable}`)
  }
  return found
}

/** `launchBroker` without the rule for CI. */
export async function findBroker(options: JvmBrokerOptions = {}): Promise<BrokerUnderTest | BrokerUnavailable> {
  const { env = process.env, signal } = options
  const external = await findExternalBroker(env, { signal })
  if (external !== undefined) return external

  const jvm = await startJvmBroker(options)
  if (!isUnavailable(jvm)) return jvm
  const container = await startTestcontainersBroker({ env, signal })
  // Without an engine the way to Java is the shorter advice, so that line is the one to show.
  return isUnavailable(container) ? jvm : container
}

/** Whether `CI` asks for a failure where a developer's machine gets a skip. */
export const isRealKafkaRequired = (env: NodeJS.ProcessEnv): boolean =>
  !['', '0', 'false'].includes((env['CI'] ?? '').toLowerCase())
