import { type Timer, waitOn } from '@millrace/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createErrorSampling, type LeftOut, type SamplingOptions } from './sample-errors.js'

/** A clock that is moved by hand. */
function handClock() {
  let now = 0
  const due = new Set<{ readonly at: number; readonly call: () => void }>()
  const after = (ms: number, call: () => void): Timer => {
    const timer = { at: now + ms, call }
    due.add(timer)
    return { cancel: () => void due.delete(timer) }
  }
  return {
    now: () => now,
    after,
    wait: (ms: number, signal: AbortSignal) => waitOn({ after }, ms, signal),
    timers: () => due.size,
    advance(ms: number) {
      now += ms
      for (const timer of [...due]) if (timer.at <= now && due.delete(timer)) timer.call()
    },
  }
}

function setup(options: Partial<SamplingOptions> = {}) {
  const clock = handClock()
  const reported: LeftOut<string>[] = []
  const sampling = createErrorSampling<string>({ clock, ...options }, (leftOut) => reported.push(leftOut))
  const times = (count: number, fault = 'a') =>
    Array.from({ length: count }, (_, at) => sampling.isWritten(fault, `${fault}${at + 1}`)).filter(Boolean).length
  return { clock, reported, sampling, times }
}

describe('of the same fault', () => {
  it('the first five of a minute are written, and then one line with the count', () => {
    const { clock, reported, times } = setup()
    expect(times(8)).toBe(5)
    expect(reported).toEqual([])
    clock.advance(60_000)
    expect(reported).toEqual([{ count: 3, withinMs: 60_000, last: 'a8' }])
    expect(clock.timers()).toBe(0)
  })

  it('five more are written in the next period, which begins with the first of them', () => {
    const { clock, reported, times } = setup()
    times(6)
    clock.advance(90_000)
    expect(times(7)).toBe(5)
    clock.advance(59_999)
    expect(reported).toHaveLength(1)
    clock.advance(1)
    expect(reported.map(({ count }) => count)).toEqual([1, 2])
  })

  it('what came in another period does not count', () => {
    const { clock, reported, times } = setup()
    expect(times(3)).toBe(3)
    clock.advance(60_000)
    expect(times(5)).toBe(5)
    expect(reported).toEqual([])
  })

  it('nothing is told, and no timer runs, where all of them were written', () => {
    const { clock, reported, times } = setup()
    expect(times(5)).toBe(5)
    expect(clock.timers()).toBe(0)
    clock.advance(120_000)
    expect(reported).toEqual([])
  })

  it('the count is told at the end, however early', () => {
    const { clock, reported, sampling, times } = setup()
    times(9)
    clock.advance(2_000)
    sampling.close()
    sampling.close()
    expect(reported).toEqual([{ count: 4, withinMs: 2_000, last: 'a9' }])
    expect(clock.timers()).toBe(0)
  })
})

describe('different faults', () => {
  it('do not hide each other, and each has a period of its own', () => {
    const { clock, reported, times } = setup()
    expect(times(7, 'a')).toBe(5)
    clock.advance(30_000)
    expect(times(6, 'b')).toBe(5)
    clock.advance(30_000)
    expect(reported.map(({ last }) => last)).toEqual(['a7'])
    clock.advance(30_000)
    expect(reported.map(({ last }) => last)).toEqual(['a7', 'b6'])
  })

  it('are forgotten beyond a bound, the oldest first, and its count is told', () => {
    const { reported, times } = setup({ maxFaults: 2 })
    times(6, 'a')
    times(1, 'b')
    times(1, 'c')
    expect(reported).toMatchObject([{ count: 1, last: 'a6' }])
  })
})

it('every one is written or counted, whatever comes when', () => {
  const step = fc.record({ fault: fc.constantFrom('a', 'b', 'c', 'd'), waitMs: fc.integer({ min: 0, max: 40_000 }) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), fc.integer({ min: 1, max: 3 }), (steps, maxFaults) => {
      const { clock, reported, sampling } = setup({ whole: 2, maxFaults })
      let written = 0
      for (const { fault, waitMs } of steps) {
        clock.advance(waitMs)
        if (sampling.isWritten(fault, fault)) written += 1
      }
      sampling.close()
      expect(written + reported.reduce((sum, { count }) => sum + count, 0)).toBe(steps.length)
      expect(clock.timers()).toBe(0)
    }),
  )
})
