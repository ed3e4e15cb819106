import { describe, expect, it } from 'vitest'
import { Arrivals } from './arrivals.js'

describe('Arrivals', () => {
  it('tell the age of the oldest batch that is not settled', () => {
    const arrivals = new Arrivals()
    arrivals.add(10, 100, 0)
    arrivals.add(20, 300, 5)
    expect(arrivals.ageOfOldest(1_000, 9)).toBe(900)
    expect(arrivals.ageOfOldest(1_000, 10)).toBe(700)
    expect(arrivals.ageOfOldest(1_000, 20)).toBe(0)
  })
})
