import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chaosSchedule, type ChaosFault, killEveryMs, shortestChaosMs } from './chaos-schedule.js'

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const durations = fc.integer({ min: shortestChaosMs, max: 1_800_000 })
const isKill = ({ kind }: ChaosFault): boolean => kind === 'kill' || kind === 'kill-at'

/** What a fault is, without the numbers that a seed picks. */
const nameOf = (fault: ChaosFault): string =>
  [
    fault.kind,
    ...(fault.kind === 'kill-at' ? [fault.point.api] : []),
    ...(fault.kind === 'cut' || fault.kind === 'black-hole' ? [fault.slot === undefined ? 'all' : 'one'] : []),
  ].join(' ')

describe('the schedule of a chaos run', () => {
  it('is the same for the same seed and another one for another', () => {
    fc.assert(
      fc.property(seeds, durations, (seed, durationMs) => {
        expect(chaosSchedule({ seed, durationMs })).toEqual(chaosSchedule({ seed, durationMs }))
      }),
      { numRuns: 30 },
    )
    const many = Array.from({ length: 50 }, (_, seed) => chaosSchedule({ seed, durationMs: shortestChaosMs }))
    expect(new Set(many.map((one) => JSON.stringify(one))).size).toBe(50)
  })

  it('kills every 15 s and leaves the last 15 s for the recovery', () => {
    fc.assert(
      fc.property(seeds, durations, (seed, durationMs) => {
        const kills = chaosSchedule({ seed, durationMs }).filter(({ fault }) => isKill(fault))
        expect(kills.map(({ atMs }) => atMs)).toEqual(kills.map((_, index) => (index + 1) * killEveryMs))
        const quietMs = durationMs - (kills.at(-1)?.atMs ?? 0)
        expect(quietMs).toBeGreaterThanOrEqual(killEveryMs)
        expect(quietMs).toBeLessThan(2 * killEveryMs)
      }),
    )
  })

  it('has every kind of fault even in the shortest run, whatever the seed', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const names = chaosSchedule({ seed, durationMs: shortestChaosMs }).map(({ fault }) => nameOf(fault))
        expect(names.toSorted()).toEqual([
          'black-hole all',
          'black-hole one',
          'cut all',
          'cut one',
          'freeze',
          'kill',
          'kill',
          'kill-at Fetch',
          'kill-at JoinGroup',
          'kill-at OffsetCommit',
          'kill-at Produce',
          'kill-at SyncGroup',
          'restart',
        ])
      }),
    )
  })

  it('has both edges of a kill point, and means every slot, over a few seeds', () => {
    const all = Array.from({ length: 20 }, (_, seed) => chaosSchedule({ seed, durationMs: shortestChaosMs })).flat()
    const points = all.flatMap(({ fault }) => (fault.kind === 'kill-at' ? [fault] : []))
    expect(new Set(points.map(({ point }) => point.edge)).size).toBe(2)
    const delivered = (edge: string) =>
      new Set(points.filter(({ point }) => point.edge === edge).map(({ isDelivered }) => isDelivered))
    expect([delivered('request').size, [...delivered('answer')]]).toEqual([2, [false]])
    const slots = all.flatMap(({ fault }) => ('slot' in fault ? [fault.slot] : []))
    expect(new Set(slots)).toEqual(new Set([0, 1, 2]))
  })

  it('is in order, and nothing but a kill comes within 4 s after a kill or less than a second before one', () => {
    fc.assert(
      fc.property(seeds, durations, (seed, durationMs) => {
        const schedule = chaosSchedule({ seed, durationMs })
        expect(schedule).toEqual(schedule.toSorted((a, b) => a.atMs - b.atMs))
        for (const { atMs, fault } of schedule) {
          if (isKill(fault)) continue
          const sinceKillMs = atMs % killEveryMs
          const forMs = 'forMs' in fault ? fault.forMs : 0
          expect(sinceKillMs).toBeGreaterThanOrEqual(4_000)
          expect(sinceKillMs + forMs).toBeLessThanOrEqual(killEveryMs - 1_000)
        }
      }),
    )
  })

  it('makes a zombie of one worker, and of all of them none', () => {
    fc.assert(
      fc.property(seeds, durations, (seed, durationMs) => {
        for (const { fault } of chaosSchedule({ seed, durationMs })) {
          if (fault.kind !== 'black-hole') continue
          if (fault.slot === undefined) expect(fault.forMs).toBeLessThan(3_000)
          else expect(fault.forMs).toBeGreaterThanOrEqual(6_000)
        }
      }),
    )
  })

  it('is not made for less time than its faults need', () => {
    expect(() => chaosSchedule({ seed: 1, durationMs: shortestChaosMs - 1 })).toThrow(RangeError)
  })
})
