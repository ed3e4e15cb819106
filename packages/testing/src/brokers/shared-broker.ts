import { createJavaProbe, type JavaProbe } from '../reader/java-probe.js'
import { type RunningProbe, startJavaProbe } from '../reader/start-java-probe.js'
import { type BrokerUnderTest, isUnavailable } from './broker-under-test.js'
import { createKafkaAdmin, type KafkaAdmin } from './kafka-admin.js'
import { prepareKafkaJvm } from './kafka-jars.js'
import { findBroker, isRealKafkaRequired } from './launch-broker.js'

/** What the process that owns the broker tells the processes that run tests: plain data. */
export type SharedBrokerAddress =
  | {
      readonly kind: 'running'
      readonly broker: BrokerUnderTest['kind']
      readonly bootstrap: readonly string[]
      readonly probePort: number
    }
  /** `required`: a suite that needs it fails instead of being skipped. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly required: boolean }

/** One broker and one probe for a whole test run, as its tests see them. */
export interface SharedBroker {
  readonly bootstrap: readonly string[]
  /** Kafka's own Java clients: the second opinion about what is in a topic. */
  readonly probe: JavaProbe
  readonly admin: KafkaAdmin
  /** A probe client for another cluster, such as a broker that one test starts for itself to kill it. Close it yourself. */
  readonly probeOf: (bootstrap: readonly string[]) => JavaProbe
}

export interface StartedSharedBroker {
  readonly address: SharedBrokerAddress
  stop(): Promise<void>
}

/** Starts broker and probe side by side. Throws when something that is installed does not start. */
export async function startSharedBroker(env: NodeJS.ProcessEnv = process.env): Promise<StartedSharedBroker> {
  await prepareKafkaJvm(env) // both need it, and on the first run they would fetch it twice
  const [found, probe] = await Promise.allSettled([findBroker({ env }), startJavaProbe({ env })])
  const stop = async () => {
    const running: (BrokerUnderTest | RunningProbe)[] = []
    if (found.status === 'fulfilled' && !isUnavailable(found.value)) running.push(found.value)
    if (probe.status === 'fulfilled' && !isUnavailable(probe.value)) running.push(probe.value)
    await Promise.all(running.map((one) => one.stop()))
  }
  try {
    const [broker, reader] = [valueOf(found), valueOf(probe)]
    if (!isUnavailable(broker) && !isUnavailable(reader)) {
      const { kind, bootstrap } = broker
      return { address: { kind: 'running', broker: kind, bootstrap, probePort: reader.port }, stop }
    }
    await stop()
    const reason = isUnavailable(broker) ? broker.unavailable : isUnavailable(reader) ? reader.unavailable : ''
    const address = { kind: 'unavailable', reason, required: isRealKafkaRequired(env) } as const
    return { address, stop: () => Promise.resolve() }
  } catch (error) {
    await stop()
    throw error
  }
}

function valueOf<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason
  return result.value
}

/** The clients of a test file. They connect on first use; close the probe at the end of the file. */
export function openSharedBroker(bootstrap: readonly string[], probePort: number): SharedBroker {
  const probeOf = (cluster: readonly string[]) => createJavaProbe({ port: probePort, bootstrap: cluster })
  const probe = probeOf(bootstrap)
  return { bootstrap, probe, admin: createKafkaAdmin(probe), probeOf }
}
