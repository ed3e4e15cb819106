import { describe, expect, it } from 'vitest'
import type { HandlerPlan } from '../declare/plan.js'
import { Lane } from '../process/lane.js'
import { type Outcome, succeeded } from '../process/outcome.js'
import { runLane } from '../process/run-lane.js'
import { Slots } from '../process/slots.js'
import { type Destinations, settle } from '../settle/settle.js'
import { Watermark } from '../settle/watermark.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { handlerPlan, recordedEvents } from '../test-support/plans.js'
import { batchOf } from '../test-support/records.js'
import { BackPressure } from './back-pressure.js'
import { LeasedPartition } from './leased-partition.js'
import type { ReceivedRecord } from './received-record.js'

interface World {
  readonly plan?: Partial<HandlerPlan>
  readonly attempt?: (record: ReceivedRecord) => Outcome | Promise<Outcome>
  readonly flush?: (partition: LeasedPartition) => Promise<void>
}

function setup({ plan, attempt = () => succeeded, flush }: World = {}) {
  const clock = createHandClock()
  const { events, names } = recordedEvents()
  const backPressure = new BackPressure({
    bufferedRecords: 5,
    totalBufferedRecords: 100,
    totalBufferedBytes: 1_000_000,
  })
  const calls: string[] = []
  const lease = {
    ...{ topic: 'orders', partition: 3, epoch: 7, startOffset: 100n, isLive: true, seek: () => undefined },
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
  }
  const started: bigint[] = []
  const to: Destinations = {
    afterFailure: (failure) => ({ kind: 'halt', failure }),
    writeDeadLetter: async () => 'acknowledged',
    waiting: () => undefined,
    holding: () => undefined,
    heldNoMore: () => undefined,
    skipped: () => undefined,
    halted: () => undefined,
  }
  const slots = new Slots(() => 1)
  const partition: LeasedPartition = new LeasedPartition(lease, 'billing', {
    ...{ handler: handlerPlan(plan), clock, events, backPressure },
    createLane: (source) => new Lane(source),
    createWatermark: () => new Watermark(),
    run: (self) =>
      runLane(self.lane as Lane, {
        lease: {
          over: self.laneOver,
          isHalted: self.isHalted,
          started: (record) => {
            started.push(record.offset)
            self.started(record)
          },
          handled: () => self.handled(),
          decided: (record, step) => self.decided(record, step),
        },
        ...{ slots, clock, attempt, decide: (outcome, record) => settle(outcome, record, to) },
      }),
    flush: async () => flush?.(partition),
    onSettled: () => undefined,
    onIdle: () => void calls.push('idle'),
  })
  return { backPressure, calls, clock, lease, names, partition, started }
}

const never = () => new Promise<Outcome>(() => undefined)
const failed: Outcome = { kind: 'failed', failure: { stage: 'handle', error: new Error('down'), isFinal: false } }

describe('a leased partition', () => {
  it('runs what it receives, in order, but never on the stack of the driver', async () => {
    const { partition, started, clock } = setup()
    partition.receive(batchOf(100n, 3))
    expect(started).toEqual([])
    await clock.advance(0)
    expect(started).toEqual([100n, 101n, 102n])
    expect(partition.watermark).toBe(103n)
    expect(partition.ledger).toMatchObject({ received: 3, processed: 3, inFlight: 0, imbalance: 0 })
  })

  it('lets the watermark pass gaps and batches without records', async () => {
    const { partition, clock } = setup()
    partition.receive({ baseOffset: 105n, records: batchOf(0n, 1).records, nextOffset: 110n, endOffset: 120n })
    await clock.advance(0)
    expect(partition.watermark).toBe(110n)
    partition.receive({ baseOffset: 110n, records: [], nextOffset: 120n, endOffset: 120n })
    expect(partition.watermark).toBe(120n)
  })

  it('moves a start that was only a guess to its first batch: nothing below it counts as lag', async () => {
    const { partition, clock } = setup()
    expect([partition.watermark, partition.committed, partition.snapshot().lag]).toEqual([100n, 100n, 0])
    partition.receive(batchOf(7_000_000n, 3, 7_000_010n))
    expect(partition.snapshot()).toMatchObject({ watermark: 7_000_000n, nextOffset: 7_000_003n, lag: 10 })
    await clock.advance(0)
    expect(partition.snapshot()).toMatchObject({ watermark: 7_000_003n, committed: 100n, lag: 7 })
  })

  it('is owed records while it is open, has room and can be read, counted from the last moment in which it got some', async () => {
    const { partition, clock, lease } = setup({ attempt: never })
    const shown = () => [partition.watched().isFetchable, partition.watched().idleSinceMs]
    await clock.advance(1_000)
    expect(shown()).toEqual([true, 0])
    partition.receive({ ...batchOf(100n, 0), nextOffset: 101n })
    expect([...shown(), partition.watched().nextOffset]).toEqual([true, 1_000, 101n])

    partition.pauseFor('dead-letter-failing')
    await clock.advance(1_000)
    expect(shown()).toEqual([false, 1_000])
    partition.resumeFrom('dead-letter-failing')
    expect(shown()).toEqual([true, 2_000])

    partition.markReadable('no leader')
    await clock.advance(1_000)
    expect(shown()[0]).toBe(false)
    partition.markReadable(undefined)
    expect(shown()).toEqual([true, 3_000])

    lease.isLive = false
    expect(shown()[0]).toBe(false)
    lease.isLive = true
    await partition.drain('revoked')
    expect(shown()[0]).toBe(false)
  })

  it('commits nothing backwards when the log begins anew below what was read', async () => {
    const { partition, clock } = setup()
    partition.receive(batchOf(200n, 5))
    await clock.advance(0)
    partition.committed = partition.watermark
    partition.receive(batchOf(100n, 2))
    await clock.advance(0)
    expect(partition.watermark <= partition.committed).toBe(true)
    expect(partition.ledger).toMatchObject({ processed: 7, imbalance: 0 })
  })

  it('says once that it has caught up', async () => {
    const { partition, clock, names } = setup()
    partition.receive(batchOf(100n, 2, 104n))
    await clock.advance(0)
    expect(names()).toEqual([])
    partition.receive(batchOf(102n, 2, 104n))
    await clock.advance(0)
    partition.receive(batchOf(104n, 1, 105n))
    await clock.advance(0)
    expect(names()).toEqual(['partition.caught-up'])
  })

  it('catches up with an empty log at its first answer', () => {
    const { partition, names } = setup()
    partition.receive({ baseOffset: 100n, records: [], nextOffset: 100n, endOffset: 100n })
    expect(names()).toEqual(['partition.caught-up'])
  })

  it('stops fetching at its mark and fetches again at half', async () => {
    const gate = Promise.withResolvers<Outcome>()
    const { partition, calls, clock } = setup({ attempt: ({ delta }) => (delta === 0 ? gate.promise : succeeded) })
    partition.receive(batchOf(100n, 5))
    await clock.advance(0)
    expect(calls).toEqual(['pause'])
    gate.resolve(succeeded)
    await clock.advance(0)
    expect(calls.slice(0, 2)).toEqual(['pause', 'resume'])
  })

  it('forgets what is queued when it drains, and waits for the running attempt', async () => {
    const gate = Promise.withResolvers<Outcome>()
    const { partition, clock, started, backPressure } = setup({ attempt: () => gate.promise })
    partition.receive(batchOf(100n, 4))
    await clock.advance(0)
    let isDrained = false
    const drained = partition.drain('revoked').then(() => (isDrained = true))
    await clock.advance(0)
    expect(isDrained).toBe(false)
    gate.resolve(succeeded)
    await drained
    expect(started).toEqual([100n])
    expect(partition.watermark).toBe(101n)
    expect(partition.ledger).toMatchObject({ processed: 1, abandoned: 3, inFlight: 0, imbalance: 0 })
    expect([backPressure.records, backPressure.bytes]).toEqual([0, 0])
  })

  it('takes nothing while it drains', async () => {
    const { partition, started, clock } = setup()
    await partition.drain('revoked')
    partition.receive(batchOf(100n, 1))
    await clock.advance(0)
    expect(started).toEqual([])
    expect(partition.ledger.received).toBe(0)
  })

  it('settles nothing after its end: the late result is dropped', async () => {
    const gate = Promise.withResolvers<Outcome>()
    const { partition, clock, names, backPressure } = setup({ attempt: () => gate.promise })
    partition.receive(batchOf(100n, 2))
    await clock.advance(0)
    expect(partition.end('revoked')).toBe(2)
    expect([backPressure.records, backPressure.bytes]).toEqual([0, 0])
    gate.resolve(succeeded)
    await clock.advance(0)
    expect([backPressure.records, backPressure.bytes]).toEqual([0, 0])
    expect(partition.watermark).toBe(100n)
    expect(partition.ledger.imbalance).toBe(0)
    expect(names()).toEqual(['lease.ended'])
  })

  it('halts: the record stays in flight, nothing after it runs, and the pause says why', async () => {
    const { partition, clock, started } = setup({ attempt: () => failed })
    partition.receive(batchOf(100n, 3))
    await clock.advance(0)
    partition.receive(batchOf(103n, 1))
    await clock.advance(0)
    expect(started).toEqual([100n])
    expect(partition.watermark).toBe(100n)
    expect(partition.snapshot()).toMatchObject({ pausedBecause: ['halted'], inFlight: { queued: 3, awaiting: 1 } })
    expect(partition.ledger.imbalance).toBe(0)
  })
})

describe('a leased partition in at-most-once mode', () => {
  const plan = { delivery: 'at-most-once' } as const

  it('commits the end of a chunk of 100 before it hands the chunk over', async () => {
    const seen: string[] = []
    const { partition, clock } = setup({
      plan,
      attempt: ({ offset }) => {
        if (offset % 100n === 0n) seen.push(`run ${offset}`)
        return succeeded
      },
      flush: async (self) => {
        seen.push(`commit ${self.watermark}`)
        self.committed = self.watermark
      },
    })
    partition.receive(batchOf(100n, 150))
    await clock.advance(0)
    expect(seen).toEqual(['commit 200', 'run 100', 'commit 250', 'run 200'])
    expect(partition.ledger).toMatchObject({ processed: 150, inFlight: 0, imbalance: 0 })
  })

  it('has caught up when the records are handled, not when they are committed', async () => {
    const gate = Promise.withResolvers<Outcome>()
    const { partition, clock, names } = setup({
      plan,
      attempt: ({ delta }) => (delta === 1 ? gate.promise : succeeded),
      flush: async (self) => void (self.committed = self.watermark),
    })
    partition.receive(batchOf(100n, 2))
    await clock.advance(0)
    expect(names()).toEqual([])
    gate.resolve(succeeded)
    await clock.advance(0)
    expect(names()).toEqual(['partition.caught-up'])
  })

  it('hands nothing over while the commit fails, and tries again every second', async () => {
    let isDown = true
    let tries = 0
    const { partition, clock, started } = setup({
      plan,
      flush: async (self) => {
        tries += 1
        if (!isDown) self.committed = self.watermark
      },
    })
    partition.receive(batchOf(100n, 2))
    await clock.advance(2_500)
    expect(started).toEqual([])
    expect(tries).toBe(3)
    isDown = false
    await clock.advance(1_000)
    expect(started).toEqual([100n, 101n])
  })

  it('gives records back that were not committed when the lease drains', async () => {
    const { partition, clock, started } = setup({ plan, flush: async () => undefined })
    partition.receive(batchOf(100n, 2))
    await clock.advance(0)
    await partition.drain('revoked')
    expect(started).toEqual([])
    expect(partition.ledger).toMatchObject({ abandoned: 2, inFlight: 0, imbalance: 0 })
  })

  it('commits nothing of a chunk that it has given back', async () => {
    const { partition, clock } = setup({ plan, flush: async () => undefined })
    partition.receive(batchOf(100n, 2))
    await clock.advance(0)
    await partition.drain('revoked')
    expect(partition.watermark).toBe(100n)
  })

  it('gives a chunk back only when the answer to its commit is known', async () => {
    let tries = 0
    const { partition, clock, started } = setup({
      plan,
      flush: async (self) => {
        tries += 1
        if (tries === 2) self.committed = self.watermark
      },
    })
    partition.receive(batchOf(100n, 2))
    await clock.advance(500)
    await partition.drain('revoked')
    expect(started).toEqual([100n, 101n])
    expect(partition.ledger).toMatchObject({ processed: 2, abandoned: 0, imbalance: 0 })
  })

  it('counts a chunk once whose commit is answered after the end of the lease', async () => {
    const gate = Promise.withResolvers<void>()
    const { partition, clock, started } = setup({
      plan,
      flush: async (self) => {
        await gate.promise
        self.committed = self.watermark
      },
    })
    partition.receive(batchOf(100n, 3))
    await clock.advance(0)
    partition.end('lost')
    gate.resolve()
    await clock.advance(0)
    expect(started).toEqual([])
    expect(partition.ledger).toMatchObject({ skipped: 3, imbalance: 0 })
  })

  it('runs a chunk whose commit lands during the drain, and counts it once', async () => {
    const gate = Promise.withResolvers<void>()
    const { partition, clock, started, backPressure } = setup({
      plan,
      flush: async (self) => {
        await gate.promise
        self.committed = self.watermark
      },
    })
    partition.receive(batchOf(100n, 3))
    await clock.advance(0)
    const drained = partition.drain('revoked')
    gate.resolve()
    await drained
    expect(started).toEqual([100n, 101n, 102n])
    expect(partition.ledger).toMatchObject({ processed: 3, abandoned: 0, skipped: 0, inFlight: 0, imbalance: 0 })
    expect(backPressure.records).toBe(0)
  })

  it('counts a chunk as skipped whose commit was on its way when the lease ended', async () => {
    const { partition, clock } = setup({ plan, flush: () => new Promise(() => undefined) })
    partition.receive(batchOf(100n, 3))
    await clock.advance(0)
    partition.end('lost')
    expect(partition.ledger).toMatchObject({ skipped: 3, abandoned: 0, inFlight: 0, imbalance: 0 })
  })

  it('lets an admitted chunk finish when the lease drains: nobody else would read it', async () => {
    const gate = Promise.withResolvers<Outcome>()
    const { partition, clock, started } = setup({
      plan,
      attempt: ({ delta }) => (delta === 0 ? gate.promise : succeeded),
      flush: async (self) => void (self.committed = self.watermark),
    })
    partition.receive(batchOf(100n, 3))
    await clock.advance(0)
    const drained = partition.drain('shutdown')
    gate.resolve(succeeded)
    await drained
    expect(started).toEqual([100n, 101n, 102n])
    expect(partition.ledger).toMatchObject({ processed: 3, abandoned: 0 })
  })

  it('counts an admitted record that was cut off as skipped, for it is never read again', async () => {
    const { partition, clock } = setup({
      plan,
      attempt: (record) =>
        new Promise((resolve) => {
          record.run = { startedAt: 0, interrupt: () => resolve({ kind: 'interrupted' }) }
        }),
      flush: async (self) => void (self.committed = self.watermark),
    })
    partition.receive(batchOf(100n, 2))
    await clock.advance(0)
    partition.end('shutdown')
    await clock.advance(0)
    expect(partition.ledger).toMatchObject({ skipped: 2, abandoned: 0, inFlight: 0, imbalance: 0 })
  })

  it('never settles what an attempt that hangs for ever holds', async () => {
    const { partition, clock } = setup({
      plan,
      attempt: never,
      flush: async (self) => void (self.committed = self.watermark),
    })
    partition.receive(batchOf(100n, 1))
    await clock.advance(60_000)
    expect(partition.ledger).toMatchObject({ running: 1, imbalance: 0 })
  })
})
