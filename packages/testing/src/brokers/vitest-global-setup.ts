import type { TestProject } from 'vitest/node'
import type {} from '../registry/describe-with-registry.js'
import { offerRegistry } from '../registry/registry-on-demand.js'
import { type SharedBrokerAddress, type StartedSharedBroker, startSharedBroker } from './shared-broker.js'

declare module 'vitest' {
  interface ProvidedContext {
    millraceBroker: SharedBrokerAddress
  }
}

interface InUse {
  readonly started: Promise<StartedSharedBroker>
  users: number
}

/** Each project loads this module for itself: what they share hangs on the process that all of them are set up in. */
const slot = Symbol.for('@millrace/testing/broker-of-the-run')

/**
 * For `globalSetup` in vitest projects: one real Kafka for all their test files, which find it by `describeWithBroker`. Where there is
 * none, one line says why they are skipped. A real schema registry for `describeWithRegistry` is started when a suite asks for it.
 */
export default async function startBrokerForTestRun(project: TestProject): Promise<() => Promise<void>> {
  const inUse = brokerOfTheRun()
  inUse.users += 1
  const shared = await inUse.started
  project.provide('millraceBroker', shared.address)
  const registry = await offerRegistry()
  project.provide('millraceRegistry', registry.port)
  return async () => {
    await registry.stop()
    inUse.users -= 1
    if (inUse.users > 0) return
    Reflect.deleteProperty(globalThis, slot)
    await shared.stop()
  }
}

function brokerOfTheRun(): InUse {
  const held = globalThis as { [slot]?: InUse }
  held[slot] ??= { started: startAndTell(), users: 0 }
  return held[slot]
}

async function startAndTell(): Promise<StartedSharedBroker> {
  const shared = await startSharedBroker()
  const { address } = shared
  if (address.kind === 'unavailable' && !address.required)
    process.stderr.write(`skipped: every suite on real Kafka: ${address.reason}\n`)
  return shared
}
