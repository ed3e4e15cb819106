import { type Broker, type BrokerOptions, startBroker } from '@millrace/broker'
import { test } from 'vitest'

/** Waits that are short in a test: a member may be gone after half a second, and so may a transaction. */
const shortWaits: BrokerOptions = {
  groups: { minSessionTimeout: '500ms' },
  transactions: { reaperInterval: '500ms' },
}
const noOptions: BrokerOptions = {}

/**
 * `test` with an embedded broker, one for each test file: `broker` is started for the first test that names it and stopped after the
 * last. What it begins with is `brokerTest.override('brokerOptions', { topics: { orders: 6 } })`, on the level of the file.
 */
export const brokerTest = test
  .extend('brokerOptions', { scope: 'file' }, noOptions)
  .extend('broker', { scope: 'file' }, async ({ brokerOptions }, { onCleanup }): Promise<Broker> => {
    const broker = await startBroker({ ...shortWaits, ...brokerOptions })
    onCleanup(() => broker.stop())
    return broker
  })
