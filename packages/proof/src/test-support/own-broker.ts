import { type BrokerControl, createKafkaAdmin, type SharedBroker } from '@millrace/testing'
import type { ProofCluster } from '../rig/proof-rig.js'

/** A broker that one test file hurts. */
export interface OwnBroker extends ProofCluster {
  readonly control: BrokerControl
  stop(): Promise<void>
}

/** Of the same kind as the shared one. */
export async function startOwnBroker({
  launch,
  probeOf,
}: Pick<SharedBroker, 'launch' | 'probeOf'>): Promise<OwnBroker> {
  const broker = await launch()
  const { bootstrap, control } = broker
  const probe = probeOf(bootstrap)
  return {
    ...{ bootstrap, control, probe, admin: createKafkaAdmin(probe) },
    async stop() {
      await probe.close()
      await broker.stop()
    },
  }
}
