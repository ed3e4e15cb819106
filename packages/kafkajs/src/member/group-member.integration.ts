import { type LeaseCommit, silentLogger } from '@millrace/core'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { callBroker } from '../client/call-broker.js'
import { createOpenClient } from '../client/open-client.js'
import { createGuardedDriver } from '../create-guarded-driver.js'
import type { Guard } from '../guards/guard.js'
import { guards } from '../guards/guards.js'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { type HandledRecord, memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { watchRequests } from '../test-support/watch-requests.js'
import { createCoordinator } from './coordinator.js'

const never = new AbortController().signal

describeWithBroker('group member', (broker) => {
  const { admin } = broker
  const requests = watchRequests()
  const { setup, leaveAll } = createDriverSetup(broker, [requests.guard])
  afterEach(leaveAll)

  const committedOf = async (group: string): Promise<bigint[]> =>
    (await admin.committed(group)).sort((a, b) => a.partition - b.partition).map(({ offset }) => offset)

  test('a new group starts at the earliest record, and commits what it handled before it leaves', async () => {
    const { join, produce, group } = await setup()
    await produce(100)
    const pipeline = join({}, { commitEveryMs: 60_000 })
    await pipeline.when('all handled', ({ handled }) => handled.length === 100)
    await pipeline.leave()

    expect(offsetsOf(pipeline.handled, 0)).toEqual(Array.from({ length: 50 }, (_, index) => BigInt(index)))
    expect(await committedOf(group)).toEqual([50n, 50n])
    expect(pipeline.fatal).toEqual([])
  })

  test('the next member goes on at the committed offset', async () => {
    const { join, produce } = await setup()
    await produce(100)
    const first = join()
    await first.when('all handled', ({ handled }) => handled.length === 100)
    await first.leave()
    await produce(10, 100)
    const second = join()
    await second.when('the rest', ({ handled }) => handled.length >= 10)

    expect(second.assignments[0]?.leases.map(({ startOffset }) => startOffset)).toEqual([50n, 50n])
    expect(second.handled.map(({ value }) => Number(value)).sort((a, b) => a - b)).toEqual(range(100, 110))
  })

  test('members join and leave under load: every record is handled exactly once', async () => {
    const { join, produce, group } = await setup(6)
    const handle = async (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    const first = join({}, { handle })
    const members: ScriptedPipeline[] = [first]
    const countHandled = (): number => members.reduce((sum, { handled }) => sum + handled.length, 0)
    // Six records a time, one in each partition, and the next six when those are stored: a load that never stops.
    let total = 0
    let isLoaded = true
    const load = async (): Promise<void> => {
      for (; isLoaded; total += 6) await produce(6, total)
    }
    const loading = load()
    await first.when('a start', ({ handled }) => handled.length > 300)
    for (let round = 0; round < 3; round += 1) {
      const extra = [join({}, { handle }), join({}, { handle })]
      members.push(...extra)
      await Promise.all(extra.map((one) => one.when('its share', (pipeline) => pipeline.handled.length > 100)))
      await Promise.all(extra.map((one) => one.leave()))
    }
    isLoaded = false
    await loading
    await first.when('the rest', () => countHandled() >= total, 60_000)
    await first.leave()

    const values = members.flatMap(({ handled }) => handled.map(({ value }) => Number(value)))
    expect(values.sort((a, b) => a - b)).toEqual(range(0, total))
    expect(await committedOf(group)).toEqual(Array.from({ length: 6 }, () => BigInt(total / 6)))
    expect(members.flatMap(({ fatal, commitErrors }) => [...fatal, ...commitErrors])).toEqual([])
  })

  test('a drain of three sessions keeps its membership, and its last commit is taken', async () => {
    const { join, produce, group } = await setup()
    await produce(2)
    let finish = (): void => undefined
    const slow = new Promise<void>((resolve) => (finish = resolve))
    const session = { sessionTimeoutMs: 1500, heartbeatIntervalMs: 250 }
    const first = join(session, { handle: () => slow })
    await first.when('a record', ({ batches }) => batches.some(({ batch }) => batch.records.length > 0))
    const joined = requests.sent('joinGroup', 2)
    const second = join(session)
    await joined
    // The first one beats on while it drains, and nobody else does yet: 18 beats of 250 ms are three sessions.
    await requests.answered('heartbeat', 18)
    finish()
    await second.when('its share', ({ leases }) => leases.length === 1)

    expect(first.revocations).toMatchObject([{ lost: false }])
    expect(first.handled.length).toBe(2)
    expect(first.commitErrors).toEqual([])
    expect(await committedOf(group)).toEqual([1n, 1n])
    expect(second.handled).toEqual([])
  })

  test('a drain that never ends is given up at its bound, and the group goes on', async () => {
    const { join } = await setup()
    const first = join({ revokeDrainMs: 500 }, { onRevoked: () => new Promise<void>(() => undefined) })
    await first.when('assigned', ({ leases }) => leases.length === 2)
    const second = join()
    await second.when('its share', ({ leases }) => leases.length === 1)
    await first.when('its share', ({ leases }) => leases.length === 1)
  })

  test('a drain ends before the group would throw the member out, whatever time it was given', async () => {
    const { join, group } = await setup()
    const hanging = { revokeDrainMs: 600_000, rebalanceTimeoutMs: 4000 }
    const held = Promise.withResolvers<void>()
    const first = join(hanging, { onRevoked: () => held.promise })
    await first.when('assigned', ({ leases }) => leases.length === 2)
    const [before] = (await admin.describeGroup(group)).members
    const second = join(hanging)
    await second.when('its share', ({ leases }) => leases.length === 1)
    await first.when('its share', ({ leases }) => leases.length === 1)
    const { members } = await admin.describeGroup(group)
    expect(members.map(({ memberId }) => memberId)).toContain(before?.memberId)
    expect(first.assignments.length).toBe(2)
    held.resolve()
  })

  test('a commit on an ended lease is refused without touching the network', async () => {
    const { join, produce, group } = await setup(1)
    await produce(10)
    const first = join()
    await first.when('all handled', ({ handled }) => handled.length === 10)
    const [lease] = first.leases
    if (lease === undefined) throw new Error('no lease')
    await first.commit()
    const second = join()
    await second.when('joined', ({ assignments }) => assignments.length > 0)
    expect(lease.isLive).toBe(false)

    const late: LeaseCommit[] = [{ lease, offset: 3n }]
    const verdict = first.member.commit(late, never).catch((error: unknown) => error)
    const noNetwork = new Promise((resolve) => setImmediate(resolve, 'too late'))
    expect(await Promise.race([verdict, noNetwork])).toMatchObject({ code: 'MILLRACE_DRIVER_LEASE_ENDED' })
    expect(() => lease.seek(0n)).toThrow('has ended')
    expect(await committedOf(group)).toEqual([10n])
  })

  test('leaving twice is leaving once, and frees the partitions at once', async () => {
    const { join } = await setup()
    const first = join()
    await first.when('assigned', ({ leases }) => leases.length === 2)
    await Promise.all([first.leave(), first.leave()])
    expect(first.revocations).toMatchObject([{ lost: false }])
    const second = join()
    await second.when('all partitions', ({ leases }) => leases.length === 2, 5000)
  })

  test('the first fetch of a generation does not wait for the long poll of the last one', async () => {
    const { join } = await setup(2)
    const first = join()
    await first.when('both asked', ({ batches }) => batches.length === 2)
    const waits: number[] = []
    for (let round = 0; round < 4; round += 1) {
      const before = first.batches.length
      const second = join()
      await first.when('its share', ({ assignments }) => assignments.length === 2 * round + 2)
      const startedMs = performance.now()
      await first.when('an answer', ({ batches }) => batches.length > before)
      waits.push(performance.now() - startedMs)
      await second.leave()
      await first.when('everything', ({ assignments }) => assignments.length === 2 * round + 3)
    }
    expect(Math.max(...waits)).toBeLessThan(150)
  })

  test('a member that the group has thrown out hears it from its commit, loses its leases and joins again', async () => {
    const { join, produce, group } = await setup(1)
    const pipeline = join({ heartbeatIntervalMs: 10_000 }, { commitEveryMs: 600_000 })
    await pipeline.when('assigned', ({ leases }) => leases.length === 1)
    const connection = { brokers: broker.bootstrap, clientId: 'x', connectionTimeoutMs: 1000, requestTimeoutMs: 1000 }
    const client = createOpenClient({ ...connection, log: silentLogger }, guards)()
    await client.cluster.connect()
    await client.cluster.refreshMetadata()
    const [{ memberId } = { memberId: '' }] = (await admin.describeGroup(group)).members
    const coordinator = await createCoordinator(client, group).find(5000, never)
    await callBroker(coordinator, 'LeaveGroup', { groupId: group, memberId }, { limitMs: 5000 })
    await client.close()

    await produce(1)
    await pipeline.when('the record', ({ handled }) => handled.length === 1)
    await pipeline.commit()
    expect(pipeline.commitErrors).toMatchObject([{ code: 'MILLRACE_DRIVER_COMMIT_REFUSED' }])
    await pipeline.when('a new lease', ({ assignments, leases }) => assignments.length === 2 && leases.length === 1)
    expect(pipeline.revocations).toMatchObject([{ lost: true }])
    expect(pipeline.fatal).toEqual([])
  })

  test('a pipeline that throws on records ends its member once, leases first, and the group goes on at once', async () => {
    const { join, produce, topic, group, driver } = await setup(1)
    await produce(1)
    const calls: string[] = []
    const fatal = new Promise<Error>((resolve) => {
      driver.join(memberOptions(group, [topic]), {
        onAssigned: (leases) => void calls.push(`assigned ${leases.length}`),
        onRevoked: ([lease], { lost }) => void calls.push(`revoked, lost ${lost}, live ${lease?.isLive}`),
        onRecords: () => {
          throw new TypeError('a defect')
        },
        onEvent: () => undefined,
        onFatal: (error) => (calls.push('fatal'), resolve(error)),
      })
    })
    expect(await fatal).toMatchObject({ code: 'MILLRACE_DRIVER_MEMBER_DIED', cause: { message: 'a defect' } })
    expect(calls).toEqual(['assigned 1', 'revoked, lost true, live false', 'fatal'])
    const next = join()
    await next.when('the record', ({ handled }) => handled.length === 1, 5000)
    expect(calls.length).toBe(3)
  })

  test('a crash of kafkajs in a rebalance ends the member once, leases first', async () => {
    const { join, topic, group } = await setup(2)
    let isBroken = false
    const sabotage: Guard = {
      name: 'sabotage',
      protect(cluster) {
        const refresh = cluster.refreshMetadata.bind(cluster)
        cluster.refreshMetadata = () => (isBroken ? Promise.reject(new TypeError('inside kafkajs')) : refresh())
      },
    }
    const driver = createGuardedDriver({ brokers: broker.bootstrap }, [...guards, sabotage])
    const doomed = new ScriptedPipeline(driver, memberOptions(group, [topic]))
    await doomed.when('assigned', ({ leases }) => leases.length === 2)
    isBroken = true
    const healthy = join()
    await doomed.when('the end', ({ fatal }) => fatal.length > 0)
    expect(doomed.fatal).toMatchObject([{ code: 'MILLRACE_DRIVER_MEMBER_DIED', cause: { message: 'inside kafkajs' } }])
    expect(doomed.leases).toEqual([])
    await healthy.when('all partitions', ({ leases }) => leases.length === 2, 5000)
    await doomed.leave()
    expect(doomed.fatal.length).toBe(1)
  })

  test('a blocked event loop is reported, and the member goes on', async () => {
    const { join, produce } = await setup()
    const pipeline = join()
    await pipeline.when('assigned', ({ leases }) => leases.length === 2)
    const until = performance.now() + 1500
    while (performance.now() < until);
    await pipeline.when('the report', ({ events }) => events.some(({ name }) => name === 'event-loop.blocked'))
    await produce(2)
    await pipeline.when('the records', ({ handled }) => handled.length === 2)
  })
})

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index)

const offsetsOf = (handled: readonly HandledRecord[], wanted: number): bigint[] =>
  handled.filter(({ partition }) => partition === wanted).map(({ offset }) => offset)
