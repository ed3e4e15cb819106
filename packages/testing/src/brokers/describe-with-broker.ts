import { afterAll, describe, inject, test } from 'vitest'
import { openSharedBroker, type SharedBroker, type SharedBrokerAddress } from './shared-broker.js'
import type {} from './vitest-global-setup.js'

/**
 * `describe` for tests on the shared broker of the run. Without one the tests count as skipped and one line says why;
 * with `CI` set, or without the global setup, one test fails instead.
 */
export function describeWithBroker(name: string, suite: (broker: SharedBroker) => void): void {
  const verdict = judge(name, inject('millraceBroker'))
  if (verdict.kind === 'run') {
    describe(name, () => {
      const broker = openSharedBroker(verdict.bootstrap, verdict.probePort)
      afterAll(() => broker.probe.close())
      suite(broker)
    })
  } else if (verdict.kind === 'fail') {
    describe(name, () => {
      test('needs Kafka', () => {
        throw new Error(verdict.line)
      })
    })
  } else {
    process.stderr.write(`${verdict.line}\n`)
    describe.skip(name, () => suite(openSharedBroker([], 0)))
  }
}

type Verdict =
  | { readonly kind: 'run'; readonly bootstrap: readonly string[]; readonly probePort: number }
  | { readonly kind: 'fail' | 'skip'; readonly line: string }

export function judge(name: string, address: SharedBrokerAddress | undefined): Verdict {
  if (address === undefined) {
    const line = `${name}: no shared broker; add '@millrace/testing/vitest-global-setup' to globalSetup`
    return { kind: 'fail', line }
  }
  if (address.kind === 'running') return { kind: 'run', bootstrap: address.bootstrap, probePort: address.probePort }
  return address.required
    ? { kind: 'fail', line: `${name}: CI is set and Kafka is required; ${address.reason}` }
    : { kind: 'skip', line: `skipped: ${name}: needs Kafka; ${address.reason}` }
}
