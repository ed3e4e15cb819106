import { createProbe, type Probe } from '../reader/probe.js'
import { startJavaProbe } from '../reader/start-java-probe.js'
import type { RunningProbe } from '../reader/running-probe.js'
import { type BrokerUnderTest, isUnavailable } from './broker-under-test.js'
import { createKafkaAdmin, type KafkaAdmin } from './kafka-admin.js'
import { prepareKafkaJvm } from './kafka-jars.js'
import { findBroker, isRealKafkaRequired } from './launch-broker.js'
import { type OwnBrokers, ownBrokersLike } from './own-broker.js'

/** What the process that owns the broker tells the processes that run tests: plain data. */
export type SharedBrokerAddress =
  | {
      readonly kind: 'running'
      /** `embedded`: each test file has one of its own, inside its process, so `bootstrap` is empty here. */
      readonly broker: BrokerUnderTest['kind']
      readonly bootstrap: readonly string[]
      readonly probe: RunningProbe['kind']
      readonly probePort: number
      /** Where test files note what they left out; see `collectLeftOut`. */
      readonly notes?: string
    }
  /** `required`: a suite that needs it fails instead of being skipped. */
  | { readonly kind: 'unavailable'; readonly reason: string; readonly required: boolean }

/** One broker and one probe as tests see them: for a whole run, or for a test file where the broker is embedded. */
export interface SharedBroker extends OwnBrokers {
  readonly kind: BrokerUnderTest['kind']
  readonly bootstrap: readonly string[]
  /** The second opinion about what is in a topic: Kafka's own Java clients, or without Java a client of the kit's. */
  readonly probe: Probe
  readonly admin: KafkaAdmin
  /** A probe client for another cluster, such as a broker that one test starts for itself to kill it. Close it yourself. */
  readonly probeOf: (bootstrap: readonly string[]) => Probe
}

export interface StartedSharedBroker {
  readonly address: SharedBrokerAddress
  stop(): Promise<void>
}

/** Starts a real Kafka and a Java probe side by side. Throws when something that is installed does not start. */
export async function startSharedBroker(env: NodeJS.ProcessEnv = process.env): Promise<StartedSharedBroker> {
  await prepareKafkaJvm(env) // both need it, and on the first run they would fetch it twice
  const starting = [findBroker({ env, prefer: 'real' }), startJavaProbe({ env })] as const
  const [found, probe] = await Promise.allSettled(starting)
  const stop = async () => {
    const running: (BrokerUnderTest | RunningProbe)[] = []
    if (found.status === 'fulfilled' && !isUnavailable(found.value)) running.push(found.value)
    if (probe.status === 'fulfilled' && !isUnavailable(probe.value)) running.push(probe.value)
    await Promise.all(running.map((one) => one.stop()))
  }
  try {
    const [broker, reader] = [valueOf(found), valueOf(probe)]
    if (!isUnavailable(broker) && !isUnavailable(reader)) {
      const address = { broker: broker.kind, bootstrap: broker.bootstrap, probe: reader.kind, probePort: reader.port }
      return { address: { kind: 'running', ...address }, stop }
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

export interface SharedBrokerPlace {
  readonly broker: BrokerUnderTest['kind']
  readonly bootstrap: readonly string[]
  readonly probePort: number
}

/** The clients of a test file. They connect on first use; close the probe at the end of the file. */
export function openSharedBroker({ broker: kind, bootstrap, probePort }: SharedBrokerPlace): SharedBroker {
  const probeOf = (cluster: readonly string[]) => createProbe({ port: probePort, bootstrap: cluster })
  const probe = probeOf(bootstrap)
  return { kind, bootstrap, probe, admin: createKafkaAdmin(probe), probeOf, ...ownBrokersLike(kind) }
}
