import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ChaosFault } from './chaos-schedule.js'
import { exactlyOnceSchedule, killPoints, sessionMs, shortestExactlyOnceMs, waveMs } from './exactly-once-schedule.js'

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const durations = fc.integer({ min: shortestExactlyOnceMs, max: 1_200_000 })
const isKill = ({ kind }: ChaosFault): boolean => kind === 'kill' || kind === 'kill-at'
const nameOf = (fault: ChaosFault): string =>
  [
    fault.kind,
    ...(fault.kind === 'kill-at' ? [fault.point.api, fault.point.edge, fault.isDelivered ? 'delivered' : ''] : []),
    ...(fault.kind === 'zombie' ? [fault.held ?? ''] : []),
    ...(fault.kind === 'lose-answer' ? [fault.api, fault.silently ? 'silently' : ''] : []),
  ]
    .filter((word) => word !== '')
    .join(' ')

describe('the schedule of an exactly-once run', () => {
  it('is the same for the same seed and another one for another', () => {
    fc.assert(
      fc.property(seeds, durations, (seed, durationMs) => {
        expect(exactlyOnceSchedule({ seed, durationMs })).toEqual(exactlyOnceSchedule({ seed, durationMs }))
      }),
      { numRuns: 30 },
    )
    const many = Array.from({ length: 50 }, (_, seed) =>
      exactlyOnceSchedule({ seed, durationMs: shortestExactlyOnceMs }),
    )
    expect(new Set(many.map((one) => JSON.stringify(one))).size).toBe(50)
  })

  it('has every kill point and every other fault even in the shortest run, whatever the seed', () => {
    const points = killPoints.map(({ api, edge, isDelivered }) =>
      ['kill-at', api, edge, ...(isDelivered ? ['delivered'] : [])].join(' '),
    )
    fc.assert(
      fc.property(seeds, (seed) => {
        const names = exactlyOnceSchedule({ seed, durationMs: shortestExactlyOnceMs }).map(({ fault }) => nameOf(fault))
        expect(names.toSorted()).toEqual(
          [
            ...points,
            ...['kill', 'kill', 'restart', 'restart', 'cut', 'black-hole', 'guest', 'guest', 'guest'],
            ...['lose-answer EndTxn', 'lose-answer EndTxn silently'],
            ...['zombie', 'zombie EndTxn', 'zombie TxnOffsetCommit'],
          ].toSorted(),
        )
      }),
    )
  })

  it('knows every request of a transaction at both of its edges, and delivers those that decide', () => {
    const edges = new Set(killPoints.map(({ api, edge }) => `${api} ${edge}`))
    const apis = ['AddPartitionsToTxn', 'Produce', 'AddOffsetsToTxn', 'TxnOffsetCommit', 'EndTxn']
    expect(edges).toEqual(new Set(apis.flatMap((api) => [`${api} request`, `${api} answer`])))
    const delivered = killPoints.filter(({ isDelivered }) => isDelivered)
    expect(delivered.map(({ api, edge }) => `${api} ${edge}`)).toEqual(['TxnOffsetCommit request', 'EndTxn request'])
  })

  it('is in order, kills two workers in each wave and never one twice, and all of it is over in time', () => {
    fc.assert(
      fc.property(seeds, durations, (seed, durationMs) => {
        const schedule = exactlyOnceSchedule({ seed, durationMs })
        expect(schedule).toEqual(schedule.toSorted((a, b) => a.atMs - b.atMs))
        const waves = Map.groupBy(
          schedule.filter(({ fault }) => isKill(fault)),
          ({ atMs }) => Math.floor((atMs - 6_000) / waveMs),
        )
        for (const kills of waves.values()) {
          expect(kills.length).toBe(2)
          expect(new Set(kills.map(({ fault }) => ('slot' in fault ? fault.slot : undefined))).size).toBe(2)
        }
        for (const { atMs, fault } of schedule)
          expect(atMs + ('forMs' in fault ? fault.forMs : 0)).toBeLessThanOrEqual(durationMs - sessionMs)
      }),
    )
  })

  it('lets a zombie sleep four sessions', () => {
    const schedule = exactlyOnceSchedule({ seed: 1, durationMs: shortestExactlyOnceMs })
    const zombies = schedule.flatMap(({ fault }) => (fault.kind === 'zombie' ? [fault.forMs] : []))
    expect(zombies).toEqual([24_000, 24_000, 24_000])
  })

  it('is not made for less time than its faults need', () => {
    expect(() => exactlyOnceSchedule({ seed: 1, durationMs: shortestExactlyOnceMs - 1 })).toThrow(RangeError)
  })
})
