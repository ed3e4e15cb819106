import { type Driver, fail } from '@millrace/core'
import { uniqueName } from '../../brokers/unique-name.js'
import { createScriptedDriver, type ScriptedDriver } from '../../scripted/scripted-driver.js'
import type { ConformanceHarness } from '../harness.js'
import { createInMemoryCluster, type InMemoryWorld } from './in-memory-cluster.js'

export interface ScriptedHarnessOptions {
  /** What the rules see in the place of the scripted driver. Default: itself. */
  readonly wrap?: (world: InMemoryWorld) => Driver
  readonly patienceMs?: number
}

/** Runs the rules on the scripted driver and an in-memory cluster, in milliseconds: the driver that `testWorker` is built on. */
export function createScriptedHarness({ wrap, patienceMs = 5000 }: ScriptedHarnessOptions = {}): ConformanceHarness {
  const cluster = createInMemoryCluster()
  const { driver } = cluster
  const wrapped = wrap?.(cluster) ?? driver
  return {
    cluster: cluster.view,
    limits: { patienceMs, quietMs: 20, pollMs: 1, sessionTimeoutMs: 40, drainMs: 20 },
    createDriver: () => wrapped,
    createDoomedDriver: () => doomed(wrapped, driver),
    createUnreachableDriver() {
      const unreachable = createUnreachable()
      return wrap?.({ ...cluster, driver: unreachable }) ?? unreachable
    },
    uniqueName,
    close: () => driver.close(),
  }
}

/** Look-ups fail, and records wait for an answer that never comes. */
function createUnreachable(): ScriptedDriver {
  const driver = createScriptedDriver({ createTopics: {} })
  driver.holdSends()
  return {
    ...driver,
    describeTopics: () => Promise.reject(fail('MILLRACE_DRIVER_UNREACHABLE', { brokers: 'nowhere', tries: 1 })),
  }
}

/** Its members are killed when they have been told of their first assignment. */
const doomed = (driver: Driver, scripted: ScriptedDriver): Driver => ({
  ...driver,
  join: (options, events) =>
    driver.join(options, {
      ...events,
      async onAssigned(leases, generation) {
        await events.onAssigned(leases, generation)
        scripted.killMember(undefined, options.group).catch(() => undefined) // in its turn, after this assignment
      },
    }),
})
