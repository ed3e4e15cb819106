import { describe, expect, it } from 'vitest'
import { otherwise } from '../declare/routing/condition.js'
import { silentLogger } from '../observe/logger.js'
import { Lane } from '../process/lane.js'
import { BackPressure } from '../receive/back-pressure.js'
import { LeasedPartition } from '../receive/leased-partition.js'
import { OutputBounds } from '../settle/output-bounds.js'
import { Watermark } from '../settle/watermark.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { handlerPlan, recordedEvents } from '../test-support/plans.js'
import { batchOf } from '../test-support/records.js'
import { putHandlerToWork } from './handler-at-work.js'

/** One handler whose runs end when the test says so, whatever their signal does, and leases of one partition in a row. */
function setup({ isPipeline = false, isRouted = false } = {}) {
  const clock = createHandClock()
  const { events, seen } = recordedEvents()
  const runs: (() => void)[] = []
  const fetching: string[] = []
  const own = handlerPlan({
    timeoutMs: 20_000,
    target: { kind: 'function', handle: () => new Promise<void>((resolve) => runs.push(resolve)) },
  })
  const plan = isRouted ? { ...own, name: 'unrouted', routes: [{ ...own, when: otherwise, priority: 0 }] } : own
  const handler = putHandlerToWork(plan, () => undefined, {
    ...{ clock, events, log: silentLogger, random: () => 1, workerSlots: undefined, isOurTopic: () => false },
    outputBounds: new OutputBounds({ bufferedOutputs: 100, bufferedOutputBytes: 1e6 }),
    sender: () => {
      throw new Error('not needed')
    },
  })
  const backPressure = new BackPressure({ bufferedRecords: 500, totalBufferedRecords: 5_000, totalBufferedBytes: 1e9 })
  const lease = (epoch: number): LeasedPartition => {
    let lane: Lane | undefined
    const fetch = { pause: () => void fetching.push('pause'), resume: () => void fetching.push('resume') }
    const partition = new LeasedPartition(
      { ...{ topic: 'orders', partition: 0, epoch, startOffset: 0n, isLive: true, seek: () => undefined }, ...fetch },
      'billing',
      {
        ...{ handler: plan, clock, events, backPressure },
        createLane: (source) => (lane = new Lane(source)),
        createWatermark: () => new Watermark(),
        createPipeline: isPipeline ? (host) => handler.openPipeline(host) : undefined,
        run: async (self) => lane && handler.runLane(self, lane),
        ...{ flush: async () => undefined, onSettled: () => undefined, onIdle: () => undefined },
      },
    )
    handler.admit(partition)
    return partition
  }
  const pauses = () =>
    seen.flatMap((event) =>
      event.name === 'partition.paused' || event.name === 'partition.resumed' ? [`${event.name}: ${event.reason}`] : [],
    )
  /** A run outlives its lost lease, and the partition is back with a record. */
  const comeBack = async (): Promise<LeasedPartition> => {
    const lost = lease(1)
    lost.receive(batchOf(0n, 1))
    await clock.advance(0)
    lost.end('lost')
    handler.retire(lost)
    const back = lease(2)
    back.receive(batchOf(0n, 1))
    await clock.advance(0)
    return back
  }
  return { clock, comeBack, fetching, handler, lease, pauses, runs }
}

describe('a partition that comes back while a run of its earlier lease goes on', () => {
  it.each([
    ['its handler', false],
    ['one of its handlers', true],
  ])('is seen to wait for %s, is not fetched, and goes on when it has ended', async (_whose, isRouted) => {
    const { clock, comeBack, fetching, pauses, runs } = setup({ isRouted })
    const back = await comeBack()
    expect([runs.length, back.snapshot().pausedBecause]).toEqual([1, ['straggling']])
    expect([pauses(), fetching]).toEqual([['partition.paused: straggling'], ['pause']])
    runs[0]?.()
    await clock.advance(0)
    expect([runs.length, back.snapshot().pausedBecause]).toEqual([2, []])
    expect([pauses().slice(1), fetching]).toEqual([['partition.resumed: straggling'], ['pause', 'resume']])
  })

  it('is not said to go on when its lease ends meanwhile', async () => {
    const { clock, comeBack, handler, pauses, runs } = setup()
    const back = await comeBack()
    await back.drain('revoked')
    await clock.advance(0)
    expect([runs.length, pauses()]).toEqual([1, ['partition.paused: straggling']])
    back.end('revoked')
    handler.close()
    expect(clock.pending).toBe(0)
  })
})

it('forgets a lease of a pipeline when it has ended', () => {
  const { handler, lease } = setup({ isPipeline: true })
  const [one, two] = [lease(1), lease(2)]
  expect([...handler.pipelines]).toHaveLength(2)
  one.end('revoked')
  handler.retire(one)
  expect([...handler.pipelines].map(({ lease: { epoch } }) => epoch)).toEqual([2])
  two.end('revoked')
  handler.retire(two)
  expect([...handler.pipelines]).toEqual([])
})
