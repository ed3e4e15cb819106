import { describe, expect, it } from 'vitest'
import type { ReceivedRecord } from '../receive/received-record.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { rawRecord, source } from '../test-support/records.js'
import { Lane } from './lane.js'
import { type Outcome, succeeded } from './outcome.js'
import { type LaneParts, runLane } from './run-lane.js'
import { Slots } from './slots.js'
import type { Step } from './step.js'

interface Given extends Partial<LaneParts> {
  readonly over?: AbortController
  readonly isHalted?: () => boolean
}

function setup(count: number, { over = new AbortController(), isHalted = () => false, ...parts }: Given = {}) {
  const clock = createHandClock()
  const lane = new Lane(source)
  lane.push(
    Array.from({ length: count }, (_, delta) => rawRecord(delta)),
    0,
  )
  const log: string[] = []
  const note = (what: string) => (record: ReceivedRecord) => void log.push(`${what} ${record.delta}`)
  const lease = {
    over: over.signal,
    get isHalted() {
      return isHalted()
    },
    started: note('start'),
    handled: note('end'),
    decided: (record: ReceivedRecord, { kind }: Step) => void log.push(`${kind} ${record.delta}`),
  }
  const slots = parts.slots ?? new Slots(() => 1)
  const processed = (): Step => ({ kind: 'processed' })
  const done = runLane(lane, { lease, slots, clock, attempt: () => succeeded, decide: processed, ...parts })
  return { clock, lane, over, log, slots, done }
}

describe('runLane', () => {
  it('runs records one after another and settles each before the next starts', async () => {
    const { log, done, lane } = setup(2, {
      attempt: async () => succeeded,
      decide: async () => ({ kind: 'processed' }),
    })
    await done
    expect(log).toEqual(['start 0', 'end 0', 'processed 0', 'start 1', 'end 1', 'processed 1'])
    expect(lane.size).toBe(0)
  })

  it('handles a synchronous batch without a turn of the event loop', () => {
    const { log } = setup(100)
    expect(log.filter((line) => line.startsWith('processed'))).toHaveLength(100)
  })

  it('gives timers and sockets a turn between records of a handler that blocks', async () => {
    const clock = createHandClock()
    let turns = 0
    let now = 0
    const busy = { ...clock, now: () => now, yield: async () => void (turns += 1) }
    const { done } = setup(6, {
      clock: busy,
      attempt: () => {
        now += 20
        return succeeded
      },
    })
    await done
    expect(turns).toBeGreaterThanOrEqual(2)
  })

  it('waits outside its slot before it runs a record again, and counts attempts and waits', async () => {
    const attempts: number[] = []
    const outcome: Outcome = { kind: 'failed', failure: { stage: 'handle', error: new Error('down'), isFinal: false } }
    const { clock, slots, done, log } = setup(1, {
      attempt: (record) => {
        attempts.push(record.attempt, record.waitedMs)
        return record.attempt < 3 ? outcome : succeeded
      },
      decide: ({ kind }) => (kind === 'failed' ? { kind: 'again', delayMs: 50 } : { kind: 'processed' }),
    })
    await clock.advance(10)
    expect(slots.tryTake()).toBe(true)
    slots.release()
    await clock.advance(100)
    await done
    expect(attempts).toEqual([1, 0, 2, 50, 3, 100])
    expect(log.at(-1)).toBe('processed 0')
  })

  it('counts neither attempts nor waits of a record that is held', async () => {
    const attempts: number[] = []
    const outcome: Outcome = { kind: 'failed', failure: { stage: 'handle', error: new Error('down'), isFinal: false } }
    const { clock, done } = setup(1, {
      attempt: (record) => {
        attempts.push(record.attempt, record.waitedMs)
        return attempts.length < 6 ? outcome : succeeded
      },
      decide: ({ kind }) => (kind === 'failed' ? { kind: 'again', delayMs: 50, isHeld: true } : { kind: 'processed' }),
    })
    await clock.advance(100)
    await done
    expect(attempts).toEqual([1, 0, 1, 0, 1, 0])
  })

  it('ends a wait early when the lease drains, and abandons the record without running it again', async () => {
    let runs = 0
    const { clock, over, done, log } = setup(2, {
      attempt: () => {
        runs += 1
        return { kind: 'failed', failure: { stage: 'handle', error: new Error('down'), isFinal: false } }
      },
      decide: ({ kind }) => (kind === 'interrupted' ? { kind: 'abandoned' } : { kind: 'again', delayMs: 60_000 }),
    })
    await clock.advance(10)
    over.abort('revoked')
    await done
    expect(runs).toBe(1)
    expect(log.at(-1)).toBe('abandoned 0')
    expect(clock.pending).toBe(0)
  })

  it('abandons a record that never got a slot', async () => {
    const { over, done, log } = setup(1, {
      slots: new Slots(() => 0),
      decide: ({ kind }) => ({ kind: kind === 'interrupted' ? 'abandoned' : 'processed' }),
    })
    over.abort('shutdown')
    await done
    expect(log).toEqual(['abandoned 0'])
  })

  it('stops at a halted record and keeps it at the head', async () => {
    const { lane, done } = setup(3, { decide: () => ({ kind: 'halted' }) })
    await done
    expect(lane.head()?.delta).toBe(0)
    expect(lane.size).toBe(3)
  })

  it.each([
    ['before its slot', 0],
    ['while it waits for its slot', 1],
  ])('leaves the next record in flight where its lease halts, and stays: %s', async (_when, taken) => {
    const slots = new Slots(() => 1)
    const over = new AbortController()
    const { lane, log, done } = setup(2, {
      slots,
      over,
      isHalted: () => over.signal.aborted,
      attempt: async () => succeeded,
      decide: (_outcome, { delta }) => {
        if (taken === 1) slots.tryTake()
        if (delta === 0) queueMicrotask(() => over.abort('revoked'))
        return Promise.resolve({ kind: 'processed' })
      },
    })
    await done
    expect(log).toEqual(['start 0', 'end 0', 'processed 0'])
    expect([lane.size, slots.tryTake()]).toEqual([1, taken === 0])
  })

  it('frees its slot on every way out', async () => {
    for (const kind of ['processed', 'abandoned', 'halted'] as const) {
      const slots = new Slots(() => 1)
      await setup(1, { slots, decide: () => ({ kind }) }).done
      expect(slots.tryTake()).toBe(true)
    }
  })
})
