import { describe, expect, it } from 'vitest'
import { gracefulSchedule, stopEveryMs } from './graceful-schedule.js'

describe('the schedule of graceful moves', () => {
  it('stops a worker every 10 s, each slot in turn, and lets a guest come and go in between', () => {
    for (let seed = 0; seed < 50; seed += 1) {
      const moves = gracefulSchedule({ seed, durationMs: 50_000 })
      const stops = moves.flatMap(({ atMs, fault }) => (fault.kind === 'stop' ? [{ atMs, slot: fault.slot }] : []))
      expect(stops.map(({ atMs }) => atMs)).toEqual([10_000, 20_000, 30_000, 40_000])
      expect(new Set(stops.slice(0, 3).map(({ slot }) => slot)).size).toBe(3)
      const guests = moves.filter(({ fault }) => fault.kind === 'guest')
      expect(guests.map(({ atMs }) => Math.floor(atMs / stopEveryMs))).toEqual([1, 2, 3])
      expect(moves).toEqual(gracefulSchedule({ seed, durationMs: 50_000 }))
    }
  })
})
