import { describe, expect, it } from 'vitest'
import { decideRebuild } from './rebuild-policy.js'

const limits = { restarts: 3, restartWindowMs: 60_000 }

describe('decideRebuild', () => {
  it.each<[string, number[], number, object]>([
    ['rebuilds after the first death', [0], 0, { kind: 'rebuild', delayMs: 1_000 }],
    ['waits longer after each death', [0, 10, 20], 20, { kind: 'rebuild', delayMs: 4_000 }],
    ['gives up when it has died too often', [0, 10, 20, 30], 30, { kind: 'give-up' }],
    ['forgets deaths outside the window', [0, 10, 20, 70_000], 70_000, { kind: 'rebuild', delayMs: 1_000 }],
  ])('%s', (_behaviour, deathsAt, now, decision) => {
    expect(decideRebuild(deathsAt, now, limits, () => 1)).toEqual(decision)
  })

  it('waits 30 s at most and half of that at least', () => {
    const many = Array.from({ length: 10 }, () => 0)
    expect(decideRebuild(many, 0, { ...limits, restarts: 20 }, () => 1)).toEqual({ kind: 'rebuild', delayMs: 30_000 })
    expect(decideRebuild(many, 0, { ...limits, restarts: 20 }, () => 0)).toEqual({ kind: 'rebuild', delayMs: 15_000 })
  })
})
