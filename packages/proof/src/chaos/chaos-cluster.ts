import { setTimeout as delay } from 'node:timers/promises'
import {
  createKafkaAdmin,
  createProbe,
  isUnavailable,
  type OwnBrokerBehindProxy,
  ownBrokersLike,
  type SharedBroker,
  startJavaProbe,
} from '@millrace/testing'
import { until } from '../rig/until.js'
import type { ChaosCluster } from './run-faults.js'

/** A broker behind a proxy that one run hurts; probe and admin go past the proxy. */
export interface OwnChaosCluster extends ChaosCluster {
  stop(): Promise<void>
}

const leaveLimitMs = 5_000
/**
 * How often the broker looks for transactions that have timed out, first so long after its start; Kafka's default is 10 s. Where it
 * looks before it leads its partitions again, a transaction that timed out while it was away is aborted without markers, and
 * readers wait for it for ever (Kafka 4.3.1, a single node, with Java's producer as well). The template of the kit looks at 500 ms.
 */
const properties = { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '4000' }

/** What a run may bring along: a probe that runs already, and the kind of broker. */
type Surroundings = Pick<SharedBroker, 'launchBehindProxy' | 'probeOf'>

/** Without surroundings it is a JVM, and a probe is started and stopped with it. */
export async function startChaosCluster(surroundings?: Surroundings): Promise<OwnChaosCluster> {
  const reader = surroundings === undefined ? await startOwnProbe() : { ...surroundings, stop: () => Promise.resolve() }
  const behind: OwnBrokerBehindProxy = await reader.launchBehindProxy({ properties }).catch(async (error: unknown) => {
    await reader.stop()
    throw error
  })
  const { control, bootstrap } = behind.broker
  const probe = reader.probeOf(bootstrap)
  const stop = async (): Promise<void> => {
    await probe.close()
    // The workers are gone, and their connections end by themselves: then none has to be broken off half closed.
    const isLeft = (): true | undefined => (behind.proxy.connections === 0 ? true : undefined)
    await until('no connection is left', isLeft, { limitMs: leaveLimitMs }).catch(() => undefined) // they are cut then
    // A socket that was reset while it was closing may never say that it is closed; the broker has to go all the same.
    await Promise.race([behind.proxy.close(), delay(leaveLimitMs, undefined, { ref: false })])
    await Promise.all([behind.broker.stop(), reader.stop()])
  }
  const { proxy } = behind
  return { bootstrap: behind.bootstrap, proxy, control, probe, admin: createKafkaAdmin(probe), stop }
}

async function startOwnProbe() {
  const running = await startJavaProbe()
  if (isUnavailable(running)) throw new Error(running.unavailable)
  const probeOf = (bootstrap: readonly string[]) => createProbe({ port: running.port, bootstrap })
  return { ...ownBrokersLike('jvm'), probeOf, stop: () => running.stop() }
}
