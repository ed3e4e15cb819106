import {
  type BrokerControl,
  createKafkaAdmin,
  type FaultProxy,
  type KafkaAdmin,
  type OwnBrokerBehindProxy,
  type Probe,
  type SharedBroker,
} from '@millrace/testing'
import { afterAll, beforeAll } from 'vitest'

/** Set before the first test of the suite. */
export interface OwnBroker {
  readonly proxy: FaultProxy
  readonly control: BrokerControl
  /** Of the proxy. */
  readonly bootstrap: readonly string[]
  /** Past the proxy. */
  readonly admin: KafkaAdmin
  readonly probe: Probe
}

/** A broker for one suite alone, behind a fault proxy; its transactions time out within half a second of their limit. */
export function ownBrokerBehindProxy({
  launchBehindProxy,
  probeOf,
}: Pick<SharedBroker, 'launchBehindProxy' | 'probeOf'>): () => OwnBroker {
  let behind: OwnBrokerBehindProxy
  let own: OwnBroker
  beforeAll(async () => {
    const properties = { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500' }
    behind = await launchBehindProxy({ properties })
    const { broker, proxy, bootstrap } = behind
    const probe = probeOf(broker.bootstrap)
    own = { proxy, control: broker.control, bootstrap, probe, admin: createKafkaAdmin(probe) }
  })
  afterAll(async () => {
    await own?.probe.close()
    await behind?.stop()
  })
  return () => own
}
