import { setTimeout as delay } from 'node:timers/promises'
import {
  createProbe,
  createKafkaAdmin,
  isUnavailable,
  type Probe,
  startBrokerBehindProxy,
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

/** `probeOf` is a probe that runs already; without it, one is started and stopped with the broker. */
export async function startChaosCluster(
  probeOf?: (bootstrap: readonly string[]) => Probe,
): Promise<OwnChaosCluster> {
  const reader = probeOf === undefined ? await startOwnProbe() : { probeOf, stop: () => Promise.resolve() }
  const behind = await startBrokerBehindProxy({ properties }).catch(async (error: unknown) => {
    await reader.stop()
    throw error
  })
  if (isUnavailable(behind)) {
    await reader.stop()
    throw new Error(behind.unavailable)
  }
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
  if (control === undefined) {
    await stop()
    throw new Error('the broker can not be hurt')
  }
  const { proxy } = behind
  return { bootstrap: behind.bootstrap, proxy, control, probe, admin: createKafkaAdmin(probe), stop }
}

async function startOwnProbe() {
  const running = await startJavaProbe()
  if (isUnavailable(running)) throw new Error(running.unavailable)
  const probeOf = (bootstrap: readonly string[]) => createProbe({ port: running.port, bootstrap })
  return { probeOf, stop: () => running.stop() }
}
