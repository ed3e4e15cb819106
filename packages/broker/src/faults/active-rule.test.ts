import { describe, expect, it, vi } from 'vitest'
import { activeRule } from './active-rule.js'
import { type Fault, on } from './on.js'
import { callOf } from './test-support/calls.js'

/** At which of the first twelve matches a fault strikes. */
function strikes(fault: Fault, seed = 1): number[] {
  const rule = activeRule(fault, seed)
  return Array.from({ length: 12 }, (_, index) => index + 1).filter(() => rule.strikes(callOf('Fetch')))
}

describe('activeRule', () => {
  it.each<[string, Fault, number[]]>([
    ['at every match', on('Fetch').close(), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]],
    ['at the nth', on('Fetch').nth(3).close(), [3]],
    ['at several', on('Fetch').nth(2, 5, 40).close(), [2, 5]],
    ['at each so-manieth', on('Fetch').every(5).close(), [5, 10]],
    ['after the first', on('Fetch').after(10).close(), [11, 12]],
    ['at each so-manieth after the first', on('Fetch').after(2).every(5).close(), [7, 12]],
    ['so often', on('Fetch').times(2).close(), [1, 2]],
    ['once after the first', on('Fetch').after(4).once().close(), [5]],
    ['so often at each so-manieth', on('Fetch').every(3).times(2).close(), [3, 6]],
  ])('strikes %s', (_when, fault, expected) => {
    expect(strikes(fault)).toEqual(expected)
  })

  it('counts matches and strikes, and remembers at which matches it struck', () => {
    const rule = activeRule(on('Fetch').every(2).close(), 1)
    for (let count = 0; count < 5; count += 1) rule.strikes(callOf('Fetch'))
    rule.strikes(callOf('Produce'))
    expect(rule).toMatchObject({ matched: 5, struck: 2, struckAt: [2, 4] })
  })

  it('draws the same from the same seed, and something else from another', () => {
    const half = on('Fetch').chance(0.5).close()
    expect(strikes(half, 1)).toEqual(strikes(half, 1))
    expect(new Set([1, 2, 3, 4, 5].map((seed) => String(strikes(half, seed)))).size).toBeGreaterThan(3)
  })

  it('draws from its own seed where it has one', () => {
    expect(strikes(on('Fetch').chance(0.5, 3).close(), 1)).toEqual(strikes(on('Fetch').chance(0.5).close(), 3))
  })

  it('strikes about as often as its chance says', () => {
    const rule = activeRule(on('Fetch').chance(0.2).close(), 42)
    for (let count = 0; count < 2_000; count += 1) rule.strikes(callOf('Fetch'))
    expect(rule.struck / rule.matched).toBeCloseTo(0.2, 1)
  })

  it('asks its predicate, typed by the API, and counts only what that takes', () => {
    const rule = activeRule(
      on('Fetch')
        .when('small', (request) => request.maxBytes < 10)
        .nth(2)
        .close(),
      1,
    )
    const struck = [5, 50, 6].map((maxBytes) => rule.strikes(callOf('Fetch', { maxBytes })))
    expect(struck).toEqual([false, false, true])
  })

  it('does not strike where its predicate throws, and raises the error in a turn of its own', () => {
    const raised: (() => void)[] = []
    const queue = vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((task) => void raised.push(task))
    try {
      const broken = () => {
        throw new Error('broken predicate')
      }
      expect(activeRule(on('Fetch').when('broken', broken).close(), 1).strikes(callOf('Fetch'))).toBe(false)
    } finally {
      queue.mockRestore()
    }
    expect(raised[0]).toThrow('broken predicate')
  })

  it('remembers the newest strikes where there are very many', () => {
    const rule = activeRule(on('Fetch').close(), 1)
    for (let count = 0; count < 1_500; count += 1) rule.strikes(callOf('Fetch'))
    expect(rule.struck).toBe(1_500)
    expect(rule.struckAt).toHaveLength(1_000)
    expect(rule.struckAt.at(-1)).toBe(1_500)
  })
})
