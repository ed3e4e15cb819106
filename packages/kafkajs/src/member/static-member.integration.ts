import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { createGuardedDriver } from '../create-guarded-driver.js'
import { guards } from '../guards/guards.js'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'

const partitionsOf = ({ leases }: ScriptedPipeline): number[] =>
  leases.map(({ partition }) => partition).sort((a, b) => a - b)

describeWithBroker('static membership', (broker) => {
  const { admin } = broker
  const { setup, leaveAll } = createDriverSetup(broker)
  afterEach(leaveAll)

  test('a member that is back within its session gets its partitions, and nobody else rejoins', async () => {
    const { join, produce, group } = await setup(4)
    await produce(8)
    const first = join({ instanceId: 'pod-0' })
    await first.when('everything', ({ leases }) => leases.length === 4)
    const second = join({ instanceId: 'pod-1' })
    await first.when('its share', ({ leases }) => leases.length === 2)
    await second.when('its share', ({ leases }) => leases.length === 2)
    const [held, generation] = [partitionsOf(first), first.assignments.at(-1)?.generation]
    await expect.poll(() => first.handled.length + second.handled.length).toBeGreaterThanOrEqual(8)
    await first.leave()
    const { members, state } = await admin.describeGroup(group)
    expect([members.length, state]).toEqual([2, 'Stable'])

    const again = join({ instanceId: 'pod-0' })
    await again.when('its share', ({ leases }) => leases.length === 2)
    expect(partitionsOf(again)).toEqual(held)
    expect(again.assignments[0]?.generation).toBe(generation)
    await produce(4, 8)
    await again.when('its records', ({ handled }) => handled.length === 2)
    await again.commit()
    expect(second.assignments.length).toBe(1)
    expect([...again.commitErrors, ...again.fatal, ...second.fatal]).toEqual([])
    expect((await admin.committed(group)).filter(({ partition }) => held.includes(partition))).toMatchObject([
      { offset: 3n },
      { offset: 3n },
    ])
  })

  test('of two members with one instance id the older is fenced, says which id, and stays away', async () => {
    const { join, produce, group } = await setup(2)
    const older = join({ instanceId: 'pod-0' })
    await older.when('everything', ({ leases }) => leases.length === 2)
    const [lease] = older.leases
    const newer = join({ instanceId: 'pod-0' })
    await newer.when('everything', ({ leases }) => leases.length === 2)
    await older.when('its end', ({ fatal }) => fatal.length > 0)
    expect(older.fatal).toMatchObject([
      { code: 'MILLRACE_DRIVER_INSTANCE_FENCED', message: expect.stringContaining('"pod-0"') },
    ])
    expect([lease?.isLive, older.revocations.map(({ lost }) => lost)]).toEqual([false, [true]])

    await produce(4)
    await newer.when('the records', ({ handled }) => handled.length === 4)
    await newer.commit()
    expect([newer.assignments.length, newer.commitErrors, newer.fatal]).toEqual([1, [], []])
    expect((await admin.describeGroup(group)).members.length).toBe(1)
  })

  test('a commit of the older one is refused by the broker, whether or not it has heard of the newer one', async () => {
    const { join, produce, group } = await setup(1)
    const quiet = { instanceId: 'pod-0', heartbeatIntervalMs: 29_000, sessionTimeoutMs: 30_000 }
    const older = join(quiet, { commitEveryMs: 600_000 })
    await older.when('everything', ({ leases }) => leases.length === 1)
    await produce(3)
    await older.when('the records', ({ handled }) => handled.length === 3)
    const newer = join(quiet, { commitEveryMs: 600_000 })
    await newer.when('the records', ({ handled }) => handled.length === 3)
    await older.commit()
    expect(older.commitErrors).toMatchObject([{ code: 'MILLRACE_DRIVER_COMMIT_REFUSED' }])
    expect(await admin.committed(group)).toEqual([])
    await older.when('its end', ({ fatal }) => fatal.length > 0)
    expect(older.fatal).toMatchObject([{ code: 'MILLRACE_DRIVER_INSTANCE_FENCED' }])
    await newer.commit()
    expect(await admin.committed(group)).toMatchObject([{ offset: 3n }])
    expect([newer.assignments.length, newer.fatal]).toEqual([1, []])
  })

  test('a member that does not come back keeps its partitions for its session, and no longer', async () => {
    const { join } = await setup(2)
    const first = join({ instanceId: 'pod-0', sessionTimeoutMs: 2000 })
    await first.when('everything', ({ leases }) => leases.length === 2)
    const second = join({ instanceId: 'pod-1', sessionTimeoutMs: 2000 })
    await second.when('its share', ({ leases }) => leases.length === 1)
    await first.leave()
    await second.when('everything', ({ leases }) => leases.length === 2)
    expect(second.assignments.length).toBe(2)
  })

  test('a leader that was away, and is told that another one leads, still sees partitions that are added', async () => {
    const { topic, group } = await setup(1)
    const driver = createGuardedDriver({ brokers: broker.bootstrap, metadataMaxAgeMs: 1000 }, guards)
    const options = memberOptions(group, [topic], { instanceId: 'pod-0' })
    const first = new ScriptedPipeline(driver, options)
    await first.when('its lease', ({ leases }) => leases.length === 1)
    await first.leave()
    const again = new ScriptedPipeline(driver, options)
    onTestFinished(() => again.leave())
    await again.when('its lease', ({ leases }) => leases.length === 1)
    await admin.addPartitions(topic, 3)
    await again.when('all of them', ({ leases }) => leases.length === 3)
    expect(again.fatal).toEqual([])
  })

  test('a member whose session has ended while it was away joins as somebody new', async () => {
    const { join, produce } = await setup(1)
    const first = join({ instanceId: 'pod-0', sessionTimeoutMs: 1000, heartbeatIntervalMs: 300 })
    await first.when('everything', ({ leases }) => leases.length === 1)
    const until = performance.now() + 1800
    while (performance.now() < until);
    await first.when('a new lease', ({ assignments }) => assignments.length === 2)
    await produce(1)
    await first.when('the record', ({ handled }) => handled.length === 1)
    expect([first.revocations.map(({ lost }) => lost), first.fatal]).toEqual([[true], []])
  })
})
