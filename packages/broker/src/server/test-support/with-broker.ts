import { onTestFinished } from 'vitest'
import type { BrokerOptions } from '../../broker-options.js'
import { type Broker, startBroker } from '../../start-broker.js'
import { connectRaw, type RawClient } from './raw-client.js'

/** A broker without a port and a raw client on it, for the length of one test. */
export async function withBroker(options: BrokerOptions = {}): Promise<RawClient & { readonly broker: Broker }> {
  const broker = await startBroker({ tcp: false, seed: 1, ...options })
  onTestFinished(() => broker.stop())
  return { broker, ...(await connectRaw(broker)) }
}
