import { createHook } from 'node:async_hooks'
import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, test } from 'vitest'
import { createGuardedDriver } from '../create-guarded-driver.js'
import type { Guard } from '../guards/guard.js'
import { guards } from '../guards/guards.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { watchRequests } from '../test-support/watch-requests.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'
import { guardsWithout } from './test-support/guards-without.js'

const HEARTBEAT_MS = 500
const BEATS = 4

/** Timers that this process makes per second while something else is waited for. */
async function timersPerSecond(wait: () => Promise<void>): Promise<number> {
  let timers = 0
  const hook = createHook({ init: (_id, type) => void (type === 'Timeout' && (timers += 1)) }).enable()
  const startedMs = performance.now()
  await wait()
  const seconds = (performance.now() - startedMs) / 1000
  hook.disable()
  return timers / seconds
}

// The guard stays in the process once it is installed: the runs without it come first.
describeWithBroker('K31: a member without anything to do makes next to no timers', ({ bootstrap, admin }) => {
  async function idleMember(chosen: readonly Guard[]): Promise<number> {
    const topic = uniqueName('idle')
    await admin.createTopic(topic)
    const requests = watchRequests()
    const pipeline = new ScriptedPipeline(
      createGuardedDriver({ brokers: bootstrap }, [...chosen, requests.guard]),
      memberOptions(uniqueName('idlers'), [topic], { heartbeatIntervalMs: HEARTBEAT_MS }),
      { commitEveryMs: 600_000 },
    )
    try {
      await pipeline.when('assigned', ({ batches }) => batches.length > 0)
      return await timersPerSecond(() => requests.sent('heartbeat', BEATS))
    } finally {
      await pipeline.leave()
    }
  }

  test('red on bare kafkajs: an idle consumer makes hundreds of timers a second', async () => {
    const topic = uniqueName('idle')
    await admin.createTopic(topic)
    const bare = await bareConsumer({ brokers: bootstrap, topics: [topic], group: uniqueName('idlers') })
    const beats = (): number => bare.answered.get('Heartbeat') ?? 0
    const { events } = bare.consumer
    const made = await timersPerSecond(
      () => new Promise((resolve) => bare.consumer.on(events.HEARTBEAT, () => beats() >= BEATS && resolve())),
    )
    expect(made).toBeGreaterThan(100)
  })

  test('red without no-idle-timers: hundreds of timers a second', async () => {
    expect(await idleMember(guardsWithout('no-idle-timers'))).toBeGreaterThan(100)
  })

  test('green: next to none', async () => {
    expect(await idleMember(guards)).toBeLessThan(25)
  })
})
