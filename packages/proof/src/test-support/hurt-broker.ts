import { createKafkaAdmin, isUnavailable, type SharedBroker, startBrokerBehindProxy } from '@millrace/testing'
import type { ChaosCluster } from '../chaos/run-chaos.js'

/** A broker behind a proxy that one test file hurts; probe and admin go past the proxy. */
export interface HurtBroker extends ChaosCluster {
  stop(): Promise<void>
}

/** For files whose shared broker has shown that there is a Kafka here. */
export async function startHurtBroker({ probeOf }: Pick<SharedBroker, 'probeOf'>): Promise<HurtBroker> {
  const behind = await startBrokerBehindProxy()
  if (isUnavailable(behind)) throw new Error(behind.unavailable)
  const { control, bootstrap } = behind.broker
  if (control === undefined) throw new Error('the broker can not be hurt')
  const probe = probeOf(bootstrap)
  return {
    ...{ bootstrap: behind.bootstrap, proxy: behind.proxy, control, probe, admin: createKafkaAdmin(probe) },
    async stop() {
      await probe.close()
      await behind.stop()
    },
  }
}
