import { type BrokerBehindProxy, createKafkaAdmin, uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createGuardedDriver } from '../create-guarded-driver.js'
import { guards } from '../guards/guards.js'
import { memberOptions, type PipelineOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'

const never = new AbortController().signal
/** A drain that can't commit takes as long as it may; then two seconds for the goodbye and two for the connections. */
const DRAIN_MS = 1000
const LEAVE_LIMIT_MS = 12_000

// These tests hurt a broker of their own.
describeWithBroker('a member whose broker is away', ({ launchBehindProxy, probeOf }) => {
  let behind: BrokerBehindProxy
  let probe: ReturnType<typeof probeOf>

  beforeAll(async () => {
    behind = await launchBehindProxy()
    probe = probeOf(behind.broker.bootstrap)
  })
  afterAll(async () => {
    await probe?.close()
    await behind?.stop()
  })

  interface Stage {
    readonly clientId: string
    readonly join: (options?: PipelineOptions) => ScriptedPipeline
  }
  const stage = async (clientId: string): Promise<Stage> => {
    const [topic, group] = [uniqueName('orders'), uniqueName('billing')]
    await createKafkaAdmin(probe).createTopic(topic, { partitions: 2 })
    const driver = createGuardedDriver({ brokers: behind.bootstrap, clientId }, guards)
    const over = { revokeDrainMs: DRAIN_MS, sessionTimeoutMs: 6000 }
    return { clientId, join: (options) => new ScriptedPipeline(driver, memberOptions(group, [topic], over), options) }
  }
  const assigned = async (pipeline: ScriptedPipeline, count: number): Promise<ScriptedPipeline> => {
    await pipeline.when('its leases', ({ leases }) => leases.length === count)
    return pipeline
  }

  type Away = (which: { readonly clientId: string }) => void
  /** Each takes the broker away at its moment, and answers with who is to leave then. */
  const moments: Readonly<Record<string, (away: Away) => Promise<readonly ScriptedPipeline[]>>> = {
    async 'before it connects'(away) {
      const { clientId, join } = await stage('before')
      const seen = behind.proxy.nextRequest('ApiVersions', never, { clientId })
      away({ clientId })
      const pipeline = join()
      await seen
      return [pipeline]
    },
    async 'while it joins'(away) {
      const { clientId, join } = await stage('joining')
      const seen = behind.proxy.nextRequest('JoinGroup', never, { clientId })
      const pipeline = join()
      await seen
      away({ clientId })
      return [pipeline]
    },
    async 'while the group holds its join'(away) {
      const { clientId, join } = await stage('held')
      const held = Promise.withResolvers<void>()
      const first = await assigned(join({ onRevoked: () => held.promise }), 2)
      const seen = behind.proxy.nextRequest('JoinGroup', never, { clientId })
      const second = join()
      await seen
      away({ clientId })
      return [first, second]
    },
    async 'while it is at work'(away) {
      const { clientId, join } = await stage('at-work')
      const pipeline = await assigned(join(), 2)
      away({ clientId })
      return [pipeline]
    },
    async 'while it drains'(away) {
      const { clientId, join } = await stage('draining')
      const draining = Promise.withResolvers<void>()
      const onRevoked = async (): Promise<void> => {
        draining.resolve()
        away({ clientId })
        await new Promise(() => undefined)
      }
      const first = await assigned(join({ onRevoked }), 2)
      const second = join()
      await draining.promise
      return [first, second]
    },
    async 'while it leaves'(away) {
      const { clientId, join } = await stage('leaving')
      const pipeline = await assigned(join({ onRevoked: async () => away({ clientId }) }), 2)
      return [pipeline]
    },
  }

  const leaveAt = async (away: Away): Promise<void> => {
    const before = openNow()
    const left = Object.entries(moments).map(async ([moment, reach]) => {
      const pipelines = await reach(away)
      const startedMs = performance.now()
      await Promise.all(pipelines.map(async (pipeline) => Promise.all([pipeline.leave(), pipeline.leave()])))
      const tookMs = performance.now() - startedMs
      return { moment, pipelines, tookMs }
    })
    const all = await Promise.all(left)
    for (const { moment, pipelines, tookMs } of all) {
      expect(tookMs, moment).toBeLessThan(LEAVE_LIMIT_MS)
      expect(
        pipelines.flatMap(({ fatal, leases }) => [...fatal, ...leases]),
        moment,
      ).toEqual([])
    }
    const generations = (): number[] =>
      all.flatMap(({ pipelines }) => pipelines.map(({ assignments }) => assignments.length))
    const atTheEnd = generations()
    behind.proxy.heal()
    // Nothing connects again, although it could.
    await expect.poll(() => behind.proxy.connections).toBe(0)
    await expect.poll(openNow).toSatisfy((now: typeof before) => now.timers <= before.timers + OF_THE_TEST)
    expect([behind.proxy.connections, generations()]).toEqual([0, atTheEnd])
  }

  test('leaves in time at every moment when nothing answers, and nothing of it is left', () =>
    leaveAt((which) => void behind.proxy.blackHole(which)))

  test('leaves in time at every moment when its connections break and break again, and nothing of it is left', () =>
    leaveAt((which) => {
      behind.proxy.cut(which)
      behind.proxy.dropRequests({ api: 'ApiVersions', times: 1_000_000, ...which })
    }))

  test('comes back by itself from each of them, and handles each record once', async () => {
    const { join, clientId } = await stage('back')
    const pipeline = await assigned(join(), 2)
    const hole = behind.proxy.blackHole({ clientId })
    await expect.poll(() => hole.fired).toBeGreaterThan(0)
    hole.end()
    behind.proxy.cut({ clientId })
    await pipeline.when('an answer', ({ batches }) => batches.length >= 2)
    const [topic = ''] = pipeline.leases.map((lease) => lease.topic)
    await probe.produce(
      topic,
      [0, 1].map((partition) => ({ partition, value: 'x' })),
    )
    await pipeline.when('both', ({ handled }) => handled.length === 2)
    await pipeline.leave()
    expect([pipeline.handled.length, pipeline.fatal]).toEqual([2, []])
  })
})

/** What the waiting test itself may have open at a moment. */
const OF_THE_TEST = 4

const openNow = (): { readonly timers: number } => ({
  timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
})
