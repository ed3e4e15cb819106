import { describe, expect, it } from 'vitest'
import { Ledger } from '../observe/ledger.js'
import type { Step } from '../process/step.js'
import type { LeaseHost } from '../receive/lease-mode.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { rawRecord, receivedRecord, source } from '../test-support/records.js'
import { OutputBounds } from './output-bounds.js'
import { PipelineLease } from './pipeline-lease.js'

const output = { topic: 'invoices', key: null, value: Buffer.from('one') }
const processed = { kind: 'processed', outputs: [output] } as const

function setup({ afterRefusal = { kind: 'processed', outputs: [] } as Step, bufferedOutputs = 100 } = {}) {
  const clock = createHandClock()
  const log: string[] = []
  const resumed: string[] = []
  const draining = new AbortController()
  const ledger = new Ledger()
  const host = {
    ...{ ledger, source, lease: { startOffset: 100n, isLive: true }, state: 'open', committed: 100n },
    ...{ draining: draining.signal, lane: { push: () => undefined, size: 0 } },
    get watermark() {
      return 100n + BigInt(pipeline.committable)
    },
    parts: { clock, onSettled: (count: number) => void log.push(`decided ${count}`) },
    pauseFor: (reason: string) => void log.push(`paused ${reason}`),
    resumeFrom: (reason: string) => void resumed.push(reason),
    release: (count: number, bytes: number) => void log.push(`released ${count} of ${bytes}`),
    settledUpTo: () => undefined,
    settle: () => (log.push('abandoned'), true),
  }
  const bounds = new OutputBounds({ bufferedOutputs, bufferedOutputBytes: 1e9 })
  const pipeline: PipelineLease = new PipelineLease(host as unknown as LeaseHost, bounds, {
    afterRefusal: () => afterRefusal,
    failing: (_decided, _error, tries, delayMs) => void log.push(`try ${tries} failed, again in ${delayMs}`),
    stored: ({ record }) => void log.push(`stored ${record.delta}`),
  })
  pipeline.receive(
    [0, 1, 2, 3].map((delta) => rawRecord(delta)),
    0,
    4,
  )
  ledger.receive(4)
  const finish = (delta: number, step: Parameters<PipelineLease['finish']>[1] = processed) => {
    ledger.start('queued')
    ledger.handled()
    return pipeline.finish(receivedRecord(delta), step)
  }
  const first = () => {
    const entry = pipeline.take()?.entries[0] ?? expect.fail('nothing was taken')
    pipeline.restore()
    return entry
  }
  return { pipeline, bounds, clock, draining, host, ledger, log, resumed, finish, first }
}

describe('a decided record', () => {
  it('gives its input room back, and takes room among the outputs until it is stored', () => {
    const { pipeline, bounds, ledger, log, finish } = setup()
    void finish(0)
    void finish(1, { kind: 'skipped', outputs: [] })
    expect(log).toEqual(['released 1 of 10', 'decided 1', 'released 1 of 10', 'decided 1'])
    expect([bounds.outputs, bounds.bytes, pipeline.outputs, pipeline.waiting]).toEqual([2, 23, 2, 2])
    expect([ledger.awaiting, pipeline.committable]).toEqual([2, 0])
    pipeline.take()
    pipeline.stored()
    expect([bounds.outputs, bounds.bytes, pipeline.outputs, pipeline.waiting]).toEqual([0, 0, 0, 0])
    expect(ledger).toMatchObject({ processed: 1, skipped: 1, awaiting: 0 })
    expect(pipeline.committable).toBe(2)
    expect(log.slice(4)).toEqual(['stored 0', 'stored 1'])
  })

  it('is dropped in silence after the end of its lease, and what was on its way changes nothing', () => {
    const { pipeline, bounds, host, ledger, log, finish } = setup()
    void finish(0)
    pipeline.take()
    host.state = 'ended'
    pipeline.end()
    expect(bounds.outputs).toBe(0)
    void finish(1)
    pipeline.stored()
    expect(pipeline.take()).toBeUndefined()
    expect([ledger.processed, ledger.awaiting, host.committed]).toEqual([0, 2, 100n])
    expect([bounds.outputs, bounds.bytes, pipeline.waiting]).toEqual([0, 0, 0])
    expect(log).toEqual(['released 1 of 10', 'decided 1'])
  })
})

describe('a lease whose transaction ended nobody knows how', () => {
  it('stores nothing more, not even what it decides from then on, and starts nothing', () => {
    const { pipeline, bounds, log, finish } = setup()
    void finish(0)
    pipeline.take()
    pipeline.lose()
    expect([pipeline.laneOver.aborted, bounds.outputs, pipeline.take()]).toEqual([true, 0, undefined])
    void finish(1)
    expect([bounds.outputs, pipeline.waiting, pipeline.take()]).toEqual([0, 0, undefined])
    expect(log.at(-1)).toBe('released 1 of 10')
  })
})

describe('a lane of the lease', () => {
  const isWaiting = async (room: Promise<void> | undefined): Promise<boolean> => {
    const next = new Promise((resolve) => setImmediate(() => resolve('waiting')))
    return (await Promise.race([room ?? 'goes on', next])) === 'waiting'
  }

  it('waits while a topic does not take its outputs, however much room there is', async () => {
    const { pipeline, clock, log, finish, first } = setup()
    expect(finish(0)).toBeUndefined()
    pipeline.hold(first(), new Error('no'))
    expect(log.slice(-2)).toEqual(['paused output-failing', 'try 1 failed, again in 1000'])
    expect(pipeline.retryAt).toBe(clock.now() + 1_000)
    const room = finish(1)
    expect(await isWaiting(room)).toBe(true)
    await clock.advance(1_000)
    pipeline.hold(first(), new Error('no'))
    expect(log.at(-1)).toBe('try 2 failed, again in 2000')
    expect(pipeline.take()).toBeUndefined()
    await clock.advance(2_000)
    pipeline.take()
    pipeline.stored()
    expect(await isWaiting(room)).toBe(false)
    expect(finish(2)).toBeUndefined()
    pipeline.hold(first(), new Error('no'))
    expect(log.at(-1)).toBe('try 1 failed, again in 1000')
  })

  it('waits at the mark of outputs, and goes on when they are stored or its lease drains', async () => {
    const { pipeline, draining, finish } = setup({ bufferedOutputs: 1 })
    const room = finish(0)
    expect(await isWaiting(room)).toBe(true)
    pipeline.take()
    pipeline.stored()
    expect(await isWaiting(room)).toBe(false)
    const next = finish(1)
    expect(await isWaiting(next)).toBe(true)
    draining.abort('revoked')
    expect(await isWaiting(next)).toBe(false)
  })

  it('does not wait at the mark when a transaction could take nothing of its lease', async () => {
    const { finish } = setup({ bufferedOutputs: 1 })
    expect(finish(1)).toBeUndefined() // 0 is open
    expect(await isWaiting(finish(0))).toBe(true)
  })
})

describe('a record whose output was refused', () => {
  it('gets what its policy says, and room for that instead', async () => {
    const { pipeline, bounds, finish, first } = setup({
      afterRefusal: { kind: 'dead-lettered', outputs: [output, output] },
    })
    void finish(0)
    await pipeline.refuse(first(), new Error('too large'))
    expect([bounds.outputs, bounds.bytes]).toEqual([2, 16])
    expect(pipeline.take()?.entries).toMatchObject([{ as: 'dead-lettered', outputs: [output, output] }])
  })

  it('halts the lease in its place: what is before it is stored, nothing starts, and its room is free', async () => {
    const { pipeline, bounds, log, finish } = setup({ afterRefusal: { kind: 'halted' } })
    for (const delta of [0, 1, 2]) void finish(delta)
    const second = pipeline.take()?.entries[1] ?? expect.fail('nothing was taken')
    pipeline.restore()
    await pipeline.refuse(second, new Error('too large'))
    expect([log.at(-1), pipeline.laneOver.aborted, bounds.outputs]).toEqual(['paused halted', true, 1])
    void finish(3)
    expect([bounds.outputs, pipeline.take()]).toMatchObject([1, { end: 1 }])
  })

  it('is tried again later where nothing else can be done', async () => {
    const { pipeline, log, finish, first } = setup({ afterRefusal: { kind: 'again', delayMs: 0 } })
    void finish(0)
    await pipeline.refuse(first(), new Error('invalid'))
    expect(log.at(-1)).toBe('try 1 failed, again in 1000')
  })
})

describe('a record whose output is not taken', () => {
  it('holds back what comes after it, and nothing that stands before', async () => {
    const { pipeline, clock, resumed, finish } = setup()
    for (const delta of [0, 1, 2]) void finish(delta)
    const second = pipeline.take()?.entries[1] ?? expect.fail('nothing was taken')
    pipeline.restore()
    pipeline.hold(second, new Error('no'))

    expect([pipeline.ready, pipeline.take()?.end]).toEqual([1, 1])
    pipeline.stored()
    expect([pipeline.committable, pipeline.ready, pipeline.take()]).toEqual([1, 0, undefined])
    expect(resumed).toEqual([])

    await clock.advance(1_000)
    expect(pipeline.take()?.end).toBe(3)
    pipeline.stored()
    expect(resumed).toEqual(['output-failing'])
  })

  it('says nothing more when a record before it has halted the lease', async () => {
    const { pipeline, bounds, log, finish } = setup({ afterRefusal: { kind: 'halted' } })
    void finish(0)
    void finish(1)
    const [first, second] = pipeline.take()?.entries ?? []
    if (first === undefined || second === undefined) return expect.fail('two were decided')
    pipeline.restore()

    await pipeline.refuse(first, new Error('too large'))
    const before = [...log]
    await pipeline.refuse(second, new Error('too large'))
    pipeline.hold(second, new Error('no'))

    expect([log, bounds.outputs, bounds.bytes]).toEqual([before, 0, 0])
  })
})
