import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bootstrapInterval } from './bootstrap-interval.js'
import { comparePairs } from './compare-pairs.js'
import { gate } from './gate.js'
import { median } from './median.js'
import { seededRandom } from './seeded-random.js'
import type { Run, Target } from './workload.js'

describe('median', () => {
  it.each([
    ['one value', [7], 7],
    ['the middle of an odd count, whatever the order', [9, 1, 5], 5],
    ['the mean of the middle two of an even count', [4, 1, 10, 2], 3],
    ['numbers in numeric order, not as text', [10, 9, 100], 10],
    ['an outlier without moving', [1, 2, 1_000_000], 2],
  ])('takes %s', (_what, values, expected) => expect(median(values)).toBe(expected))

  it('refuses an empty list', () => expect(() => median([])).toThrow(RangeError))
  it('leaves its input as it was', () => {
    const values = [3, 1, 2]
    median(values)
    expect(values).toEqual([3, 1, 2])
  })
})

describe('seededRandom', () => {
  const take = (seed: number, count: number): number[] => Array.from({ length: count }, seededRandom(seed))

  it('repeats for a seed and differs between seeds', () => {
    expect(take(1, 5)).toEqual(take(1, 5))
    expect(take(1, 5)).not.toEqual(take(2, 5))
  })
  it.each([0, 1, 2, -1, 2 ** 31])('spreads evenly over [0, 1) for seed %d', (seed) => {
    const values = take(seed, 20_000)
    expect(values.every((value) => value >= 0 && value < 1)).toBe(true)
    const tenths = Array.from({ length: 10 }, (_, tenth) => values.filter((v) => Math.floor(v * 10) === tenth).length)
    expect(Math.min(...tenths)).toBeGreaterThan(1_800)
    expect(Math.max(...tenths)).toBeLessThan(2_200)
  })
})

describe('bootstrapInterval', () => {
  const rounds = 2_000
  const spread = [0.8, 0.85, 0.9, 0.95, 1, 1.05, 1.1, 1.15, 1.2]

  it('is one point where all values are equal', () => {
    expect(bootstrapInterval([2, 2, 2], { random: seededRandom(1), rounds })).toEqual({ low: 2, high: 2 })
  })
  it('holds the median and stays within the values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.1, max: 10, noNaN: true }), { minLength: 1, maxLength: 30 }),
        (values) => {
          const { low, high } = bootstrapInterval(values, { random: seededRandom(3), rounds: 400 })
          expect(low).toBeGreaterThanOrEqual(Math.min(...values))
          expect(high).toBeLessThanOrEqual(Math.max(...values))
          expect(low).toBeLessThanOrEqual(median(values))
          expect(high).toBeGreaterThanOrEqual(median(values))
        },
      ),
      { numRuns: 50 },
    )
  })
  it('is wider where more confidence is asked for', () => {
    const at = (confidence: number) => bootstrapInterval(spread, { random: seededRandom(1), rounds, confidence })
    expect(at(0.999).high - at(0.999).low).toBeGreaterThan(at(0.8).high - at(0.8).low)
  })
  it('leaves out the true median in about one of twenty samples at 95 %', () => {
    const random = seededRandom(11)
    const misses = Array.from({ length: 400 }, () => {
      const sample = Array.from({ length: 15 }, () => random() * 2)
      const { low, high } = bootstrapInterval(sample, { random, rounds: 300 })
      return low > 1 || high < 1
    }).filter(Boolean).length
    expect(misses / 400).toBeLessThan(0.1)
    expect(misses / 400).toBeGreaterThan(0.01)
  })
})

describe('gate', () => {
  it.each<[string, number, number, Target, boolean]>([
    ['passes a floor that only the upper end reaches', 0.8, 0.91, { kind: 'at-least', ratio: 0.9 }, true],
    ['fails a floor that the whole interval misses', 0.8, 0.89, { kind: 'at-least', ratio: 0.9 }, false],
    ['passes a ceiling that only the lower end keeps', 0.34, 0.5, { kind: 'at-most', ratio: 0.35 }, true],
    ['fails a ceiling that the whole interval exceeds', 0.36, 0.5, { kind: 'at-most', ratio: 0.35 }, false],
    ['passes an interval around the value', 0.9, 1.1, { kind: 'contains', ratio: 1 }, true],
    ['fails an interval above the value', 1.01, 1.1, { kind: 'contains', ratio: 1 }, false],
    ['fails an interval below the value', 0.9, 0.99, { kind: 'contains', ratio: 1 }, false],
    ['fails when a figure is not a number', Number.NaN, Number.NaN, { kind: 'at-least', ratio: 0.9 }, false],
  ])('%s', (_behaviour, low, high, target, passed) => expect(gate({ low, high }, target).passed).toBe(passed))
})

describe('comparePairs', () => {
  const run = (seconds: number): Run => ({ records: 100, seconds, checksum: 'c', cpuSeconds: seconds / 2 })
  const pairs = [
    { ours: run(1), baseline: run(2) },
    { ours: run(4), baseline: run(4) },
    { ours: run(3), baseline: run(12) },
  ]

  it.each([
    ['paired', 'cost', 0.5, 'the median of time over time, not a mean and not a ratio of medians'],
    ['paired', 'rate', 2, 'the same as records per second'],
    ['minimum', 'cost', 0.5, 'the least time of either side'],
    ['minimum', 'rate', 2, 'the same as records per second'],
  ] as const)('%s %s is %d: %s', (kind, metric, ratio, _what) => {
    expect(comparePairs(pairs, { kind, metric, seed: 1 }).ratio).toBeCloseTo(ratio)
  })
  it('takes each side from its own best run for a minimum', () => {
    const crossed = [
      { ours: run(1), baseline: run(9) },
      { ours: run(9), baseline: run(4) },
    ]
    expect(comparePairs(crossed, { kind: 'minimum', metric: 'cost', seed: 1 }).ratio).toBeCloseTo(0.25)
  })
  it('reports rate, time and processor time per record', () => {
    expect(comparePairs(pairs, { kind: 'paired', metric: 'rate', seed: 1 }).ours).toEqual({
      recordsPerSecond: expect.closeTo(100 / 3),
      microsPerRecord: expect.closeTo(30_000),
      cpuSecondsPerMillion: expect.closeTo(15_000),
    })
  })
})
