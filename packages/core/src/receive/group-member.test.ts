import { describe, expect, it } from 'vitest'
import { Lane } from '../process/lane.js'
import { Watermark } from '../settle/watermark.js'
import { fail } from '../millrace-error.js'
import { silentLogger } from '../observe/logger.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { handlerPlan, recordedEvents } from '../test-support/plans.js'
import { batchOf } from '../test-support/records.js'
import { BackPressure } from './back-pressure.js'
import type { Driver, Lease, MemberEvents } from './driver.js'
import { GroupMember } from './group-member.js'
import { LeasedPartition } from './leased-partition.js'

function setup({ flush, watchdogMs }: { flush?: () => Promise<void>; watchdogMs?: number } = {}) {
  const clock = createHandClock()
  const { events, names, seen } = recordedEvents()
  const order: string[] = []
  const joins: MemberEvents[] = []
  const lanes: PromiseWithResolvers<void>[] = []
  const backPressure = new BackPressure({ bufferedRecords: 500, totalBufferedRecords: 5_000, totalBufferedBytes: 1e9 })
  const broken: { join?: Error } = {}
  const leaving: { held?: Promise<void> } = {}
  const driver: Driver = {
    ...{ name: 'fake', capabilities: { transactions: false, staticMembership: false } },
    describeTopics: async () => new Map(),
    openSender: () => Promise.reject(new Error('not needed')),
    openTransactions: () => Promise.reject(new Error('not needed')),
    close: async () => undefined,
    join(_options, given) {
      joins.push(given)
      if (broken.join !== undefined) throw broken.join
      return {
        commit: async () => undefined,
        endOffsets: async (leases) => new Map(leases.map((each) => [each, 99n])),
        leave: async () => {
          await leaving.held
          await given.onRevoked([...member.partitions.keys()], { lost: false })
        },
      }
    },
  }
  const gaveUp: Error[] = []
  const log: object[] = []
  const member: GroupMember = new GroupMember({
    ...{ driver, clock, events, random: () => 1, restarts: 2, restartWindowMs: 60_000, drainMs: 25_000 },
    ...{ watchdogMs, log: { ...silentLogger, warn: (facts: object) => void log.push(facts) } },
    options: {
      ...{
        group: 'billing',
        topics: ['orders'],
        sessionTimeoutMs: 15_000,
        heartbeatIntervalMs: 500,
        rebalanceTimeoutMs: 60_000,
      },
      ...{ revokeDrainMs: 30_000, startFrom: 'earliest', outOfRange: 'earliest', maxBytesPerPartition: 1_048_576 },
    },
    openPartition: (given) =>
      new LeasedPartition(given, 'billing', {
        ...{ handler: handlerPlan(), clock, events, backPressure },
        createLane: (source) => new Lane(source),
        createWatermark: () => new Watermark(),
        run: () => {
          const lane = Promise.withResolvers<void>()
          lanes.push(lane)
          return lane.promise
        },
        flush: async () => undefined,
        onSettled: () => undefined,
        onIdle: () => undefined,
      }),
    flush:
      flush ??
      (async () => void order.push(`flush ${[...member.partitions.values()].map(({ state }) => state).join()}`)),
    onEnded: ({ state, source }) => void order.push(`ended ${source.partition} ${state}`),
    onGiveUp: (error) => void gaveUp.push(error),
  })
  const lease = (partition: number): Lease => ({
    ...{ topic: 'orders', partition, epoch: 1, startOffset: 0n, isLive: true },
    ...{ pause: () => undefined, resume: () => undefined, seek: () => undefined },
  })
  member.join()
  return { broken, leaving, clock, events, gaveUp, joins, lanes, lease, log, member, names, order, seen }
}

describe('a group member', () => {
  it('opens a partition per lease and hands records to it', () => {
    const { member, lease } = setup()
    const orders = lease(0)
    member.onAssigned([orders], 3)
    member.onRecords(orders, batchOf(0n, 4))
    expect(member.partitions.get(orders)?.ledger.received).toBe(4)
    expect([member.isJoined, member.generation]).toEqual([true, 3])
  })

  it('ignores records of a lease that has ended', async () => {
    const { member, lease } = setup()
    const orders = lease(0)
    member.onAssigned([orders], 1)
    await member.onRevoked([orders], { lost: false })
    member.onRecords(orders, batchOf(0n, 4))
    expect(member.partitions.size).toBe(0)
  })

  it('keeps in mind which partitions can not be read, until they have recovered', () => {
    const { member, lease } = setup()
    const [a, b] = [lease(0), lease(1)]
    member.onAssigned([a, b], 1)
    const at = { group: 'billing', topic: 'orders', partition: 1 }
    member.onEvent({ name: 'partition.failed', ...at, error: new Error('no leader') })
    expect([a, b].map((each) => member.partitions.get(each)?.snapshot().unreadableBecause)).toEqual([
      undefined,
      'no leader',
    ])
    member.onEvent({ name: 'partition.recovered', ...at })
    expect(member.partitions.get(b)?.snapshot().unreadableBecause).toBeUndefined()
  })

  it('says once that it is idle, and again only after it had work', () => {
    const { member, lease, names } = setup()
    member.onAssigned([], 1)
    member.onAssigned([], 2)
    expect(names().filter((name) => name === 'member.idle')).toHaveLength(1)
    member.onAssigned([lease(0)], 3)
    member.onAssigned([], 4)
    expect(names().filter((name) => name === 'member.idle')).toHaveLength(2)
  })

  it('drains, then commits, then ends the leases', async () => {
    const { member, lease, lanes, order, clock } = setup()
    const [a, b] = [lease(0), lease(1)]
    member.onAssigned([a, b], 1)
    member.onRecords(a, batchOf(0n, 1))
    await clock.advance(0)
    const revoked = member.onRevoked([a, b], { lost: false })
    await clock.advance(1_000)
    expect(order).toEqual([])
    lanes[0]?.resolve()
    await revoked
    expect(order).toEqual(['flush draining,draining', 'ended 0 ended', 'ended 1 ended'])
    expect(clock.pending).toBe(0)
  })

  it('goes on without a handler that does not end by the drain deadline, after committing what is settled', async () => {
    const { member, lease, order, clock } = setup()
    const orders = lease(0)
    member.onAssigned([orders], 1)
    member.onRecords(orders, batchOf(0n, 1))
    await clock.advance(0)
    const revoked = member.onRevoked([orders], { lost: false })
    await clock.advance(24_999)
    expect(order).toEqual([])
    await clock.advance(1)
    await revoked
    expect(order).toEqual(['flush draining', 'ended 0 ended'])
  })

  it('waits 2 s beyond the deadline for a last commit that is not answered', async () => {
    const { member, lease, order, clock } = setup({ flush: () => new Promise(() => undefined) })
    const orders = lease(0)
    member.onAssigned([orders], 1)
    const deadline = new AbortController()
    const left = member.leave(deadline.signal)
    await clock.advance(10_000)
    deadline.abort('shutdown')
    await clock.advance(1_999)
    expect(order).toEqual([])
    await clock.advance(1)
    await left
    expect(order).toEqual(['ended 0 ended'])
    expect(clock.pending).toBe(0)
  })

  it('waits no longer than 6 s beyond the deadline for a driver that does not leave, and listens to it no more', async () => {
    const { member, lease, leaving, joins, order, clock, log } = setup()
    leaving.held = new Promise(() => undefined)
    member.onAssigned([lease(0)], 1)
    const deadline = new AbortController()
    const left = member.leave(deadline.signal)
    await clock.advance(10_000)
    deadline.abort('shutdown')
    await clock.advance(5_999)
    expect([order, log]).toEqual([[], []])
    await clock.advance(1)
    await left
    expect(order).toEqual(['ended 0 ended'])
    expect(log).toMatchObject([{ err: { code: 'MILLRACE_DRIVER_LEAVE_FAILED' } }])
    expect(clock.pending).toBe(0)
    expect(() => joins[0]?.onAssigned([lease(7)], 9)).toThrow('does not listen')
  })

  it('neither drains nor commits what was lost', async () => {
    const { member, lease, order } = setup()
    const orders = lease(0)
    member.onAssigned([orders], 1)
    await member.onRevoked([orders], { lost: true })
    expect(order).toEqual(['ended 0 ended'])
  })

  it('shortens a drain in progress to the deadline of the shutdown', async () => {
    const { member, lease, order, clock } = setup()
    const orders = lease(0)
    member.onAssigned([orders], 1)
    member.onRecords(orders, batchOf(0n, 1))
    await clock.advance(0)
    const revoked = member.onRevoked([orders], { lost: false })
    const deadline = new AbortController()
    const left = member.leave(deadline.signal)
    await clock.advance(100)
    expect(order).toEqual([])
    deadline.abort('shutdown')
    await Promise.all([revoked, left])
    expect(order.at(-1)).toBe('ended 0 ended')
  })

  it('is rebuilt with backoff after a death, with a new member and ended leases', async () => {
    const { member, lease, joins, names, clock, order } = setup()
    member.onAssigned([lease(0)], 1)
    member.onFatal(new Error('connection lost'))
    expect(order).toEqual(['ended 0 ended'])
    expect(member.isJoined).toBe(false)
    expect(names().slice(-2)).toEqual(['member.died', 'member.rebuilding'])
    await clock.advance(999)
    expect(joins).toHaveLength(1)
    await clock.advance(1)
    expect(joins).toHaveLength(2)
  })

  it('ends each lease once when it dies in the middle of a drain', async () => {
    const { member, lease, lanes, order, clock } = setup()
    const orders = lease(0)
    member.onAssigned([orders], 1)
    member.onRecords(orders, batchOf(0n, 1))
    await clock.advance(0)
    const revoked = member.onRevoked([orders], { lost: false })
    member.onFatal(new Error('connection lost'))
    lanes[0]?.resolve()
    await revoked
    expect(order.filter((step) => step.startsWith('ended'))).toEqual(['ended 0 ended'])
  })

  it('counts a member that can not even be made as a death', async () => {
    const { broken, member, joins, names, clock } = setup()
    member.onFatal(new Error('connection lost'))
    broken.join = new TypeError('bug of a driver')
    await clock.advance(1_000)
    expect(joins).toHaveLength(2)
    expect(names().slice(-2)).toEqual(['member.died', 'member.rebuilding'])
  })

  it('gives up when it dies too often', async () => {
    const { member, gaveUp, clock, joins } = setup()
    for (const wait of [1_000, 2_000, 4_000]) {
      member.onFatal(new Error('no permission'))
      await clock.advance(wait)
    }
    expect(gaveUp).toMatchObject([{ code: 'MILLRACE_WORKER_FAILED', cause: { message: 'no permission' } }])
    expect(joins).toHaveLength(3)
  })

  it('gives up at once when another member has taken over its instance id', async () => {
    const { member, gaveUp, clock, joins, names } = setup()
    member.onFatal(fail('MILLRACE_DRIVER_INSTANCE_FENCED', { group: 'billing', instanceId: 'pod-0' }))
    await clock.advance(60_000)
    expect(gaveUp).toMatchObject([{ code: 'MILLRACE_DRIVER_INSTANCE_FENCED' }])
    expect(names()).toContain('member.died')
    expect(joins).toHaveLength(1)
  })

  it('does not rise again when it dies while it leaves', async () => {
    const { member, joins, clock, lease, lanes } = setup()
    const orders = lease(0)
    member.onAssigned([orders], 1)
    member.onRecords(orders, batchOf(0n, 1))
    await clock.advance(0)
    const left = member.leave(new AbortController().signal)
    member.onFatal(new Error('gone'))
    lanes[0]?.resolve()
    await left
    await clock.advance(60_000)
    expect(joins).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })

  it('does not rise again while it leaves', async () => {
    const { member, joins, clock } = setup()
    member.onFatal(new Error('gone'))
    await member.leave(new AbortController().signal)
    await clock.advance(60_000)
    expect(joins).toHaveLength(1)
    expect(clock.pending).toBe(0)
  })
})

describe('a stalled member', () => {
  const stall = async (world: ReturnType<typeof setup>) => {
    const [a, b] = [world.lease(0), world.lease(1)]
    await world.joins[0]?.onAssigned([a, b], 3)
    await world.clock.advance(74_000)
    world.joins[0]?.onRecords(b, batchOf(0n, 1, 99n)) // this one is well, and its handler runs
    await world.clock.advance(1_000)
    return { a, b }
  }

  it('is told with all that it had, drained, left, and rebuilt like one that died', async () => {
    const world = setup({ watchdogMs: 60_000 })
    const { clock, joins, lanes, member, names, order, seen } = world
    await stall(world)
    expect(seen.at(-1)).toMatchObject({
      ...{ name: 'member.stalled', group: 'billing', generation: 3, limitMs: 60_000 },
      stalled: [{ topic: 'orders', partition: 0, nextOffset: 0n, endOffset: 99n, idleMs: 75_000 }],
      partitions: [{ partition: 0 }, { partition: 1, inFlight: { queued: 1 } }],
      error: { code: 'MILLRACE_DRIVER_MEMBER_STALLED' },
    })
    expect([member.isJoined, order]).toEqual([false, []])
    lanes[0]?.resolve() // the running handler gets its time
    await clock.advance(0)
    expect(order).toEqual(['flush draining,draining', 'ended 0 ended', 'ended 1 ended'])
    expect(seen.filter(({ name }) => name === 'lease.ended')).toMatchObject([{ reason: 'died' }, { reason: 'died' }])
    expect(names().slice(-2)).toEqual(['member.died', 'member.rebuilding'])
    expect([member.deaths, member.stalls]).toEqual([1, 1])
    await clock.advance(1_000)
    expect(joins).toHaveLength(2)
  })

  it('ends the worker when it does not even leave: it may keep its partitions, and nobody beside it could tell', async () => {
    const world = setup({ watchdogMs: 60_000 })
    const { clock, gaveUp, joins, leaving, lease, member, names, order } = world
    leaving.held = new Promise(() => undefined)
    const { a } = await stall(world)
    await clock.advance(39_999)
    expect([order, gaveUp]).toEqual([[], []])
    await clock.advance(1)
    expect(order).toEqual(['ended 0 ended', 'ended 1 ended'])
    expect(gaveUp).toMatchObject([
      { code: 'MILLRACE_DRIVER_LEAVE_FAILED', cause: { code: 'MILLRACE_DRIVER_MEMBER_STALLED' } },
    ])
    expect(names().at(-1)).toBe('member.died')
    await member.leave(new AbortController().signal) // of what is given up nothing is waited for
    await clock.advance(60_000)
    expect([joins.length, clock.pending]).toEqual([1, 0])

    const before = names().length
    expect(() => joins[0]?.onAssigned([lease(7)], 9)).toThrow('does not listen')
    joins[0]?.onRecords(a, batchOf(0n, 1))
    const at = { group: 'billing', topic: 'orders', partition: 0 }
    joins[0]?.onEvent({ name: 'partition.failed', ...at, error: new Error('late') })
    joins[0]?.onFatal(new Error('late'))
    await joins[0]?.onRevoked([a], { lost: true })
    expect([names().length, member.partitions.size, member.generation]).toEqual([before, 0, 3])
  })

  it('ends the worker when leaving fails, against the contract: whether it has left nobody knows', async () => {
    const world = setup({ watchdogMs: 60_000 })
    world.leaving.held = Promise.reject(new Error('no'))
    world.leaving.held.catch(() => undefined)
    await stall(world)
    expect(world.gaveUp).toMatchObject([{ code: 'MILLRACE_DRIVER_LEAVE_FAILED' }])
    expect([world.joins.length, world.clock.pending]).toEqual([1, 0])
  })

  it('that is stalled again and again is given up, as one that dies again and again', async () => {
    const world = setup({ watchdogMs: 1_000 })
    const { clock, gaveUp, joins, lease } = world
    for (let at = 0; at < 3; at += 1) {
      await joins[at]?.onAssigned([lease(0)], at)
      await clock.advance(6_000)
    }
    expect(gaveUp).toMatchObject([
      { code: 'MILLRACE_WORKER_FAILED', cause: { code: 'MILLRACE_DRIVER_MEMBER_STALLED' } },
    ])
    expect([joins.length, clock.pending]).toEqual([3, 0])
  })

  it('does not rise again when the worker stops meanwhile, and holds the stop up no longer than its deadline and 2 s', async () => {
    const world = setup({ watchdogMs: 60_000 })
    const { clock, gaveUp, joins, leaving, lease, member, names, order } = world
    leaving.held = new Promise(() => undefined)
    await stall(world)
    const deadline = new AbortController()
    const left = member.leave(deadline.signal)
    await clock.advance(5_000)
    deadline.abort('shutdown')
    await clock.advance(1_999)
    expect(order).toEqual([])
    await clock.advance(1)
    expect(order).toEqual(['ended 0 ended', 'ended 1 ended'])
    await left
    expect(clock.pending).toBe(0)
    await clock.advance(60_000)
    expect([joins.length, gaveUp]).toEqual([1, []])
    expect(names()).not.toContain('member.died')
    expect(() => joins[0]?.onAssigned([lease(7)], 9)).toThrow('does not listen')
  })

  it('is not looked for where the watchdog is off, or while no member is at work', async () => {
    const off = setup()
    await stall(off)
    await off.clock.advance(600_000)
    expect(off.names()).not.toContain('member.stalled')
    const dead = setup({ watchdogMs: 60_000 })
    dead.joins[0]?.onFatal(new Error('gone'))
    await dead.member.leave(new AbortController().signal)
    expect(dead.clock.pending).toBe(0)
  })
})
