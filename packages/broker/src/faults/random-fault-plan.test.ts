import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apiNames } from './request-shape.js'
import { parseFaultPlan } from './fault-plan.js'
import type { FaultKind } from './fault-rule.js'
import { randomFaultPlan } from './random-fault-plan.js'

const kinds: readonly FaultKind[] = [
  'error',
  'delay',
  'delayAnswer',
  'throttle',
  'close',
  'drop',
  'stall',
  'dropAnswer',
  'swallowAnswer',
  'halfAnswer',
  'truncateHead',
  'forceRebalance',
  'expireMember',
  'fenceProducer',
  'holdMarkers',
  'restart',
]

describe('randomFaultPlan', () => {
  it('follows from its seed', () => {
    expect(String(randomFaultPlan({ seed: 7 }))).toBe(String(randomFaultPlan({ seed: 7 })))
    expect(String(randomFaultPlan({ seed: 7 }))).not.toBe(String(randomFaultPlan({ seed: 8 })))
  })

  it('is a plan that can be printed and replayed, of every kind and on every API', () => {
    fc.assert(
      fc.property(fc.integer(), fc.subarray([...kinds]), fc.subarray([...apiNames]), (seed, some, apis) => {
        const plan = randomFaultPlan({ seed, kinds: some, apis, count: 20 })
        expect(parseFaultPlan(JSON.stringify(plan)).toJSON()).toEqual(plan.toJSON())
        for (const { rule } of plan.faults) {
          expect(apis).toContain(rule.on[0])
          expect(some).toContain(rule.actions[0]?.kind)
        }
      }),
    )
  })

  it('chooses each kind now and then', () => {
    const plan = randomFaultPlan({ seed: 1, count: 500, kinds })
    expect(new Set(plan.faults.map(({ rule }) => rule.actions[0]?.kind)).size).toBe(kinds.length)
  })

  it('leaves out what a client gets over only after its request time-out, unless it is asked for', () => {
    const chosen = new Set(randomFaultPlan({ seed: 1, count: 500 }).faults.map(({ rule }) => rule.actions[0]?.kind))
    for (const kind of ['drop', 'stall', 'swallowAnswer', 'fenceProducer', 'truncateHead'] as const) {
      expect(chosen).not.toContain(kind)
    }
  })

  it('strikes each once and early, and waits no longer than it may', () => {
    for (const { rule } of randomFaultPlan({ seed: 3, count: 200, within: 4, maxWaitMs: 10 }).faults) {
      expect(rule.nth?.[0]).toBeLessThanOrEqual(4)
      for (const action of rule.actions) if ('ms' in action) expect(action.ms).toBeLessThanOrEqual(10)
    }
  })

  it('is empty where nothing fits', () => {
    expect(randomFaultPlan({ seed: 1, kinds: ['holdMarkers'], apis: ['Fetch'] }).faults).toEqual([])
  })
})
