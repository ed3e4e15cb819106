import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Watermark } from './watermark.js'

function setup(received: readonly number[], end: number): Watermark {
  const watermark = new Watermark()
  for (const delta of received) watermark.receive(delta)
  watermark.closeBatch(end)
  return watermark
}

describe('Watermark', () => {
  it.each<[string, number[], number, number[], number]>([
    // behaviour                                        received   end  settled, in order  committable
    ['starts at the first record', [5, 6, 7], 8, [], 5],
    ['stays below the lowest open record, hole or not', [5, 6, 7], 8, [6], 5],
    ['stays below it when only the last is settled', [5, 6, 7], 8, [7], 5],
    ['jumps over a run that settled out of order', [5, 6, 7], 8, [7, 6, 5], 8],
    ['stops at the next open record', [5, 6, 7], 8, [5, 7], 6],
    ['steps over offsets that compaction removed', [5, 9], 10, [5], 9],
    ['ends behind trailing transaction markers', [5, 6], 9, [5, 6], 9],
    ['moves through a batch that held only markers', [], 9, [], 9],
    ['does not move when an offset settles twice', [5, 6, 7], 8, [5, 5], 6],
    ['ignores offsets that were never received', [5, 6], 7, [8, 5], 6],
  ])('%s', (_behaviour, received, end, settled, committable) => {
    const watermark = setup(received, end)
    for (const delta of settled) watermark.settle(delta)
    expect(watermark.committable).toBe(committable)
  })

  it('says whether a record settled for the first time', () => {
    const watermark = setup([0, 1, 2], 3)
    expect([
      watermark.settle(1),
      watermark.settle(1),
      watermark.settle(0),
      watermark.settle(0),
      watermark.settle(9),
    ]).toEqual([true, false, true, false, false])
  })

  it('carries an open record into the next batch', () => {
    const watermark = setup([0, 1], 2)
    watermark.settle(1)
    watermark.receive(2)
    watermark.closeBatch(3)
    expect(watermark.committable).toBe(0)
    expect(watermark.open).toBe(2)
    watermark.settle(0)
    expect(watermark.committable).toBe(2)
    watermark.settle(2)
    expect(watermark.committable).toBe(3)
    expect(watermark.open).toBe(0)
  })

  it('agrees with a set of open offsets, whatever order records settle in', () => {
    const gaps = fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(gaps, fc.integer({ min: 0, max: 3 }), fc.integer(), (steps, tail, seed) => {
        const offsets = steps.reduce<number[]>((all, step) => [...all, (all.at(-1) ?? -1) + step], [])
        const end = (offsets.at(-1) ?? 0) + 1 + tail
        const watermark = setup(offsets, end)
        const open = new Set(offsets)
        for (const offset of shuffled(offsets, seed)) {
          watermark.settle(offset)
          open.delete(offset)
          expect(watermark.committable).toBe(open.size === 0 ? end : Math.min(...open))
        }
      }),
      { numRuns: 300 },
    )
  })
})

function shuffled(values: readonly number[], seed: number): number[] {
  const rank = (value: number): number => Math.sin(value * 12.9898 + seed) * 43758.5453
  return [...values].sort((a, b) => (rank(a) % 1) - (rank(b) % 1))
}
