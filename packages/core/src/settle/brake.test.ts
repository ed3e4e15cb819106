import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { brakeDefaults, type ResolvedBrakeOptions } from '../declare/brake-options.js'
import { type BrakeEffect, type BrakeEvent, type BrakeState, freeBrake, stepBrake } from './brake.js'

/** Runs of records on one partition, `X` and `Y` failing with these faults and `.` passing, `gapMs` apart; one came with each. */
function play(
  runs: string,
  { gapMs = 100, policy = brakeDefaults }: { gapMs?: number; policy?: ResolvedBrakeOptions } = {},
) {
  let state: BrakeState = freeBrake
  const effects: BrakeEffect[] = []
  const tell = (event: BrakeEvent, now: number): BrakeEffect => {
    const step = stepBrake(state, event, now, policy)
    state = step.state
    return step.effect
  }
  runs.split('').forEach((run, at) => {
    tell({ kind: 'received', handled: at }, at * gapMs)
    effects.push(run === '.' ? 'none' : tell({ kind: 'failed', handled: at + 1, fingerprint: run }, at * gapMs))
  })
  return { effects, at: effects.indexOf('brake'), state: () => state, tell }
}

const storm = (count: number, fault = 'X'): string => fault.repeat(count)
const good = (count: number): string => '.'.repeat(count)

describe('the brake acts', () => {
  it.each<[string, string, number, number]>([
    ['at the 100th record when all of them fail', storm(150), 100, 99],
    ['never before the 100th record', storm(99), 100, -1],
    ['at the 51st of the last hundred', good(300) + storm(150), 100, 350],
    ['not at half of them', '.X'.repeat(200), 100, -1],
    ['at one more than half of them', `${'.X'.repeat(98)}XX`, 100, 196],
    ['whatever the order of these', storm(51) + good(48) + storm(1), 100, 99],
    ['not for two faults of one half each', 'XY'.repeat(200), 100, -1],
    ['for the greater of two faults', 'XXY'.repeat(50), 100, 99],
    ['within 60 s', storm(150), 600, 99],
    ['not when a hundred take longer', storm(1_000), 610, -1],
    ['not for old failures and new ones', storm(60) + good(1_000) + storm(40), 100, -1],
  ])('%s', (_behaviour, runs, gapMs, expected) => {
    expect(play(runs, { gapMs }).at).toBe(expected)
  })

  it('by the numbers of its options', () => {
    const policy = { ...brakeDefaults, share: 90, records: 10, windowMs: 1_000 }
    expect(play(`.${storm(20)}`, { policy, gapMs: 10 }).at).toBe(10)
    expect(play(`.${storm(20)}`, { policy, gapMs: 200 }).at).toBe(-1)
  })
})

describe('a braked partition', () => {
  const braked = () => play(storm(100))

  it('holds its record as long as that fails in the same way', () => {
    const { tell, state } = braked()
    expect(tell({ kind: 'failed', handled: 100, fingerprint: 'X' }, 40_000)).toBe('hold')
    expect(tell({ kind: 'received', handled: 100 }, 50_000)).toBe('none')
    expect(tell({ kind: 'failed', handled: 100, fingerprint: 'X' }, 70_000)).toBe('hold')
    expect(state()).toEqual({ kind: 'braked', fingerprint: 'X', sinceMs: 9_900 })
  })

  it('goes on when the record passes, and counts anew', () => {
    const { tell, state } = braked()
    expect(tell({ kind: 'passed' }, 40_000)).toBe('release')
    expect(state()).toEqual(freeBrake)
    expect(tell({ kind: 'passed' }, 40_001)).toBe('none')
  })

  it('goes on when the record fails in another way, which counts', () => {
    const { tell, state } = braked()
    expect(tell({ kind: 'failed', handled: 100, fingerprint: 'Y' }, 40_000)).toBe('release')
    expect(state()).toMatchObject({ kind: 'free', failures: [{ fingerprint: 'Y' }] })
  })

  it('is let go by an operator for good', () => {
    const { tell } = braked()
    expect(tell({ kind: 'let-go' }, 40_000)).toBe('release')
    for (let handled = 100; handled < 400; handled += 1)
      expect(tell({ kind: 'failed', handled, fingerprint: 'X' }, 40_000 + handled)).toBe('none')
    expect(tell({ kind: 'let-go' }, 50_000)).toBe('none')
  })
})

it('keeps no more than it needs, however much comes', () => {
  const { state } = play(`${'.X'.repeat(5_000)}${'XY'.repeat(5_000)}`, { gapMs: 5 })
  const kept = state()
  expect(kept.kind === 'free' && kept.failures.length).toBeLessThanOrEqual(100)
  expect(kept.kind === 'free' && kept.marks.length).toBeLessThanOrEqual(66)
})

/** The rule as it is written down, over the whole history. */
const ruleHolds = (
  runs: readonly { readonly fault: string; readonly atMs: number }[],
  { records, share, windowMs }: ResolvedBrakeOptions,
) => {
  const last = runs.slice(-records)
  const [first, newest] = [last[0], last.at(-1)]
  if (last.length < records || first === undefined || newest === undefined) return false
  const same = last.filter(({ fault }) => fault === newest.fault).length
  return newest.fault !== '.' && same * 100 > records * share && newest.atMs - first.atMs <= windowMs
}

it('acts exactly when the rule says so, but for the coarseness of its marks, where it acts later and never sooner', () => {
  const policy = { ...brakeDefaults, records: 10, windowMs: 6_400 }
  const run = fc.record({ fault: fc.constantFrom('.', 'X', 'X', 'Y'), gapMs: fc.constantFrom(0, 100, 600, 1_500) })
  fc.assert(
    fc.property(fc.array(run, { maxLength: 80 }), (all) => {
      let state: BrakeState = freeBrake
      let atMs = 0
      const runs: { fault: string; atMs: number }[] = []
      for (const { fault, gapMs } of all) {
        atMs += gapMs
        state = stepBrake(state, { kind: 'received', handled: runs.length }, atMs, policy).state
        runs.push({ fault, atMs })
        if (fault === '.') continue
        const step = stepBrake(state, { kind: 'failed', handled: runs.length, fingerprint: fault }, atMs, policy)
        state = step.state
        if (step.effect === 'brake') {
          expect(ruleHolds(runs, policy)).toBe(true)
          return
        }
        expect(ruleHolds(runs, { ...policy, windowMs: policy.windowMs * (1 - 1 / 64) })).toBe(false)
      }
    }),
    { numRuns: 1_000 },
  )
})
