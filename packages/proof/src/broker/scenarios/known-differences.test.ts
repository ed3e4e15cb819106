import { describe, expect, it } from 'vitest'
import { areas } from './areas.js'
import { isKnown, knownDifferences } from './known-differences.js'

const names = areas.flatMap(({ name, scenarios }) => scenarios.map((scenario) => `${name}: ${scenario.name}`))

describe('knownDifferences', () => {
  it('excuses one step of one scenario, and no other', () => {
    for (const { scenario, at } of knownDifferences) {
      expect(isKnown(scenario, { at, kafka: 1, ours: 2 })).toBe(true)
      expect(isKnown(scenario, { at: 'step 1', kafka: 1, ours: 2 })).toBe(false)
      expect(isKnown('produce: another', { at, kafka: 1, ours: 2 })).toBe(false)
    }
  })

  it('speaks of scenarios that there are, and gives reasons', () => {
    for (const { scenario, reason } of knownDifferences) {
      expect(names).toContain(scenario)
      expect(reason).toMatch(/^[A-Z].*\.$/)
    }
  })

  it('is about scenarios that have a name each, and at least a hundred', () => {
    expect(new Set(names).size).toBe(names.length)
    expect(names.length).toBeGreaterThanOrEqual(100)
  })
})
