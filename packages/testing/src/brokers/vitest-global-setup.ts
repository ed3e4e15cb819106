import type { TestProject } from 'vitest/node'
import { type SharedBrokerAddress, startSharedBroker } from './shared-broker.js'

declare module 'vitest' {
  interface ProvidedContext {
    millraceBroker: SharedBrokerAddress
  }
}

/**
 * For `globalSetup` in a vitest project: one real Kafka for all its test files, which find it by `describeWithBroker`. Where
 * there is none, one line says why they are skipped.
 */
export default async function startBrokerForTestRun(project: TestProject): Promise<() => Promise<void>> {
  const shared = await startSharedBroker()
  const { address } = shared
  project.provide('millraceBroker', address)
  if (address.kind === 'unavailable' && !address.required) {
    process.stderr.write(`skipped: all of project "${project.name}", which needs real Kafka: ${address.reason}\n`)
  }
  return () => shared.stop()
}
