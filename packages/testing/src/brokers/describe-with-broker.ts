import { afterAll, describe, inject, test } from 'vitest'
import { openSharedBroker, type SharedBroker, type SharedBrokerAddress } from './shared-broker.js'
import type {} from './vitest-global-setup.js'

const notSetUp: SharedBrokerAddress = {
  kind: 'unavailable',
  reason: "no shared broker (add '@millrace/testing/vitest-global-setup' to globalSetup)",
  required: true,
}

/**
 * `describe` for tests on the shared broker of the run. Without one the tests count as skipped and one line says why;
 * with `CI` set, or without the global setup, one test fails instead.
 */
export function describeWithBroker(name: string, suite: (broker: SharedBroker) => void): void {
  const address = inject('millraceBroker') ?? notSetUp
  if (address.kind === 'running') {
    describe(name, () => {
      const broker = openSharedBroker(address.bootstrap, address.probePort)
      afterAll(() => broker.probe.close())
      suite(broker)
    })
    return
  }
  const line = `${name}: needs Kafka; ${address.reason}`
  if (address.required) {
    describe(name, () => {
      test('needs Kafka', () => {
        throw new Error(line)
      })
    })
    return
  }
  process.stderr.write(`skipped: ${line}\n`)
  describe.skip(name, () => suite(openSharedBroker([], 0)))
}
