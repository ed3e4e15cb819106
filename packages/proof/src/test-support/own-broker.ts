import {
  type BrokerControl,
  createKafkaAdmin,
  isUnavailable,
  type SharedBroker,
  startJvmBroker,
} from '@millrace/testing'
import type { ProofCluster } from '../rig/proof-rig.js'

/** A broker that one test file hurts. */
export interface OwnBroker extends ProofCluster {
  readonly control: BrokerControl
  stop(): Promise<void>
}

/** For files whose shared broker has shown that there is a Kafka here. */
export async function startOwnBroker({ probeOf }: Pick<SharedBroker, 'probeOf'>): Promise<OwnBroker> {
  const broker = await startJvmBroker()
  if (isUnavailable(broker)) throw new Error(broker.unavailable)
  const { bootstrap, control } = broker
  if (control === undefined) throw new Error('the broker can not be hurt')
  const probe = probeOf(bootstrap)
  return {
    ...{ bootstrap, control, probe, admin: createKafkaAdmin(probe) },
    async stop() {
      await probe.close()
      await broker.stop()
    },
  }
}
