import {
  type BrokerBehindProxy,
  type BrokerControl,
  createKafkaAdmin,
  type FaultProxy,
  isUnavailable,
  type Probe,
  type KafkaAdmin,
  type SharedBroker,
  startBrokerBehindProxy,
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
export function ownBrokerBehindProxy(probeOf: SharedBroker['probeOf']): () => OwnBroker {
  let behind: BrokerBehindProxy
  let own: OwnBroker
  beforeAll(async () => {
    const properties = { 'transaction.abort.timed.out.transaction.cleanup.interval.ms': '500' }
    const started = await startBrokerBehindProxy({ properties })
    if (isUnavailable(started) || started.broker.control === undefined) throw new Error('no broker of our own')
    behind = started
    const { broker, proxy, bootstrap } = started
    const probe = probeOf(broker.bootstrap)
    own = { proxy, control: started.broker.control, bootstrap, probe, admin: createKafkaAdmin(probe) }
  })
  afterAll(async () => {
    await own?.probe.close()
    await behind?.stop()
  })
  return () => own
}
