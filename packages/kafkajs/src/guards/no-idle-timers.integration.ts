import { createHook } from 'node:async_hooks'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, test } from 'vitest'
import { createGuardedDriver } from '../create-guarded-driver.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { uniqueName } from '@millrace/testing'
import { watchRequests } from '../test-support/watch-requests.js'
import { guards } from './guards.js'

const HEARTBEAT_MS = 500
const BEATS = 4

describeWithBroker('an idle member', ({ bootstrap, admin }) => {
  /** Timers made per second while a member idles with the given guards. */
  const timersPerSecond = async (names: readonly string[]): Promise<number> => {
    const topic = uniqueName('idle')
    await admin.createTopic(topic)
    const chosen = guards.filter(({ name }) => names.includes(name))
    const requests = watchRequests()
    const pipeline = new ScriptedPipeline(
      createGuardedDriver({ brokers: bootstrap }, [...chosen, requests.guard]),
      memberOptions(uniqueName('idlers'), [topic], { heartbeatIntervalMs: HEARTBEAT_MS }),
      { commitEveryMs: 600_000 },
    )
    await pipeline.when('assigned', ({ batches }) => batches.length > 0)
    let timers = 0
    const hook = createHook({ init: (_id, type) => void (type === 'Timeout' && (timers += 1)) }).enable()
    const startedMs = performance.now()
    await requests.sent('heartbeat', BEATS)
    const seconds = (performance.now() - startedMs) / 1000
    hook.disable()
    await pipeline.leave()
    return timers / seconds
  }

  // The guard stays in the process once it is installed, so the run without it comes first.
  test('burns timers without the guard, and next to none with it', async () => {
    const all = guards.map(({ name }) => name)
    expect(await timersPerSecond(all.filter((name) => name !== 'no-idle-timers'))).toBeGreaterThan(100)
    expect(await timersPerSecond(all)).toBeLessThan(25)
  })
})
