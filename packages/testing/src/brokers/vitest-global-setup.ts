import type { TestProject } from 'vitest/node'
import { type SharedBrokerAddress, startSharedBroker } from './shared-broker.js'

declare module 'vitest' {
  interface ProvidedContext {
    millraceBroker: SharedBrokerAddress
  }
}

/** For `globalSetup` in a vitest project: one broker for all its test files, which find it by `describeWithBroker`. */
export default async function startBrokerForTestRun(project: TestProject): Promise<() => Promise<void>> {
  const shared = await startSharedBroker()
  project.provide('millraceBroker', shared.address)
  return () => shared.stop()
}
