import type { LeaseCommit } from '@millrace/core'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import type { HandledRecord, ScriptedPipeline } from '../test-support/scripted-pipeline.js'

const never = new AbortController().signal

describeWithBroker('group member', (broker) => {
  const { admin } = broker
  const { setup, leaveAll } = createDriverSetup(broker)
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

  test('a group that starts at the end commits it, so that a restart skips nothing', async () => {
    const { join, produce, group } = await setup()
    await produce(10)
    const first = join({ startFrom: 'latest' })
    await first.when('assigned', ({ assignments }) => assignments.length === 1)
    expect(await committedOf(group)).toEqual([5n, 5n])
    await first.leave()
    await produce(4, 10)
    const second = join({ startFrom: 'latest' })
    await second.when('what came in between', ({ handled }) => handled.length >= 4)

    expect(first.handled).toEqual([])
    expect(second.handled.map(({ value }) => Number(value)).sort((a, b) => a - b)).toEqual(range(10, 14))
  })

  test('members join and leave under load: every record is handled exactly once', async () => {
    const { join, produce, group } = await setup(6)
    const total = 6000
    const handle = async (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1))
    await produce(total)
    const first = join({}, { handle })
    await first.when('a start', ({ handled }) => handled.length > 300)
    const members: ScriptedPipeline[] = [first]
    const handled = (): HandledRecord[] => members.flatMap((pipeline) => pipeline.handled)
    for (let round = 0; round < 3; round += 1) {
      const extra = [join({}, { handle }), join({}, { handle })]
      members.push(...extra)
      await Promise.all(extra.map((one) => one.when('its share', (pipeline) => pipeline.handled.length > 100)))
      await Promise.all(extra.map((one) => one.leave()))
    }
    await first.when('the rest', () => handled().length >= total, 60_000)
    await first.leave()

    expect(
      handled()
        .map(({ value }) => Number(value))
        .sort((a, b) => a - b),
    ).toEqual(range(0, total))
    expect(await committedOf(group)).toEqual(Array.from({ length: 6 }, () => 1000n))
    expect(members.flatMap(({ fatal, commitErrors }) => [...fatal, ...commitErrors])).toEqual([])
  })

  test('a drain longer than the session keeps its membership, and its last commit is taken', async () => {
    const { join, produce, group } = await setup()
    await produce(2)
    let finish = (): void => undefined
    const slow = new Promise<void>((resolve) => (finish = resolve))
    const first = join({ sessionTimeoutMs: 2000 }, { handle: () => slow })
    await first.when('a record', ({ batches }) => batches.some(({ batch }) => batch.records.length > 0))
    const second = join({ sessionTimeoutMs: 2000 })
    setTimeout(finish, 3000)
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

  test('leaving right after joining ends quickly, and nothing rises again', async () => {
    const { join, group } = await setup()
    for (const delayMs of [0, 5, 20, 50, 100]) {
      const pipeline = join()
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      const startedMs = performance.now()
      await pipeline.leave()
      expect(performance.now() - startedMs).toBeLessThan(3000)
      expect(pipeline.fatal).toEqual([])
      expect(pipeline.leases).toEqual([])
    }
    await expect.poll(async () => (await admin.describeGroup(group)).members, { timeout: 5000 }).toEqual([])
  })

  test('leaving while the group holds the join neither waits for it nor holds the others up', async () => {
    const { join } = await setup()
    let finish = (): void => undefined
    const held = new Promise<void>((resolve) => (finish = resolve))
    const first = join({}, { onRevoked: () => held })
    await first.when('assigned', ({ leases }) => leases.length === 2)
    const second = join()
    await expect.poll(() => first.leases.every(({ isLive }) => isLive), { timeout: 2000 }).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 1000)) // the second one's join is held by the first one's drain
    const startedMs = performance.now()
    await second.leave()
    expect(performance.now() - startedMs).toBeLessThan(2500)
    finish()
    await first.when(
      'all partitions again',
      ({ assignments, leases }) => assignments.length === 2 && leases.length === 2,
      5000,
    )
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
