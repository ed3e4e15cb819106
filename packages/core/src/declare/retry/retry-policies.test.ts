import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RetryPolicy } from '../retry-policy.js'
import { customRetry } from './custom-retry.js'
import { noRetry } from './declared-retry.js'
import { exponential } from './exponential.js'
import { fixed } from './fixed.js'

const longest = () => 1

/** All waits of a record that fails every time. */
function waitsOf(policy: RetryPolicy, random: () => number = longest): number[] {
  const waits: number[] = []
  for (let attempt = 1, waitedMs = 0; ; attempt += 1) {
    const delayMs = policy.delayAfter({ attempt, waitedMs, error: new Error('down') }, random)
    if (delayMs === undefined) return waits
    waits.push(delayMs)
    waitedMs += delayMs
  }
}

/** A small seeded generator (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

describe('a policy, when a record fails every time', () => {
  it.each([
    ['exponential by default', exponential(), 1, [200, 400, 800]],
    ['exponential, half of the dice', exponential(), 0.5, [100, 200, 400]],
    ['exponential, lucky dice', exponential(), 0, [0, 0, 0]],
    [
      'more attempts: up to 5 s each and 15 s in all',
      exponential({ attempts: 20 }),
      1,
      [200, 400, 800, 1600, 3200, 5000],
    ],
    ['a budget met exactly', exponential({ attempts: 9, budget: '1400ms' }), 1, [200, 400, 800]],
    ['a budget missed by 1 ms', exponential({ attempts: 9, budget: '1399ms' }), 1, [200, 400]],
    ['no jitter', exponential({ jitter: 'none' }), 0, [200, 400, 800]],
    ['one attempt', exponential({ attempts: 1 }), 1, []],
    ['none', noRetry, 1, []],
    ['fixed', fixed({ attempts: 3, delay: '2s' }), 0, [2000, 2000]],
    ['fixed with jitter', fixed({ attempts: 3, delay: '2s', jitter: 'full' }), 0.25, [500, 500]],
    ['custom', customRetry(({ attempt }) => (attempt < 3 ? `${attempt * 10}s` : undefined)), 1, [10_000, 20_000]],
    ['custom, bounded by attempts', customRetry(() => '1s', { attempts: 2 }), 1, [1000]],
    ['custom, at most an hour', customRetry(() => '7d', { attempts: 2 }), 1, [3_600_000]],
  ])('%s', (_policy, policy, dice, expected) => {
    expect(waitsOf(policy, () => dice)).toEqual(expected)
  })

  it('a custom rule that throws or talks nonsense waits 1 s instead of giving the record up', () => {
    const broken = customRetry(() => {
      throw new Error('bug')
    })
    const nonsense = customRetry(() => JSON.parse('"soon"'))
    expect([waitsOf(broken), waitsOf(nonsense)]).toEqual([
      [1000, 1000, 1000],
      [1000, 1000, 1000],
    ])
  })
})

describe('properties of exponential and fixed', () => {
  const options = fc.record({
    attempts: fc.integer({ min: 1, max: 60 }),
    initial: fc.integer({ min: 1, max: 5_000 }),
    max: fc.integer({ min: 1, max: 20_000 }),
    budget: fc.integer({ min: 1, max: 60_000 }),
    seed: fc.integer(),
    jitter: fc.constantFrom('full' as const, 'none' as const),
  })

  it('keeps every wait within its bounds, their sum within the budget, and never runs too often', () => {
    fc.assert(
      fc.property(options, ({ attempts, initial, max, budget, seed, jitter }) => {
        const policy = exponential({
          attempts,
          initialDelay: `${initial}ms`,
          maxDelay: `${max}ms`,
          budget: `${budget}ms`,
          jitter,
        })
        const waits = waitsOf(policy, seeded(seed))
        const bounds = waits.map((_wait, index) => Math.min(initial * 2 ** index, max))
        expect(waits.every((wait, index) => wait >= 0 && wait <= (bounds[index] ?? -1))).toBe(true)
        expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeLessThanOrEqual(budget)
        expect(waits.length).toBeLessThan(attempts)
        expect(policy.maxAttempts).toBe(attempts)
      }),
    )
  })

  it('draws the same waits from the same seed', () => {
    fc.assert(
      fc.property(options, ({ attempts, seed }) => {
        const once = waitsOf(exponential({ attempts }), seeded(seed))
        expect(waitsOf(exponential({ attempts }), seeded(seed))).toEqual(once)
      }),
    )
  })

  it('ends at once beyond its attempts, wherever the count came from', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 1e9 }), (attempt) => {
        expect(exponential().delayAfter({ attempt, waitedMs: 0, error: undefined }, longest)).toBeUndefined()
        expect(fixed({ attempts: 4 }).delayAfter({ attempt, waitedMs: 0, error: undefined }, longest)).toBeUndefined()
      }),
    )
  })
})

describe('wrong options of a policy', () => {
  it.each([
    ['attempts', exponential({ attempts: 0 }), ['exponential: attempts']],
    [
      'all of them',
      exponential(JSON.parse('{"attempts":1.5,"budget":"1","tries":3}')),
      ['exponential: attempts', 'exponential: budget', 'exponential: tries'],
    ],
    ['a first wait above the longest', exponential({ initialDelay: '6s' }), ['exponential: initialDelay']],
    ['a budget below the first wait', exponential({ budget: '100ms' }), ['exponential: budget']],
    ['fixed', fixed({ attempts: -1, delay: '2h' }), ['fixed: attempts', 'fixed: delay']],
    ['a rule that is no function', customRetry(JSON.parse('null')), ['customRetry']],
    ['none', exponential({ attempts: 1, budget: '100ms' }), []],
  ])('are kept for the plan to list: %s', (_case, { problems }, expected) => {
    expect(problems.map(({ where }) => where)).toEqual(expected)
  })

  it('leave a policy that works with the defaults', () => {
    expect(waitsOf(exponential({ attempts: 0 }))).toEqual([200, 400, 800])
  })
})
