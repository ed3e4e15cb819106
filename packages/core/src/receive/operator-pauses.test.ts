import { describe, expect, it } from 'vitest'
import { OperatorPauses } from './operator-pauses.js'

const group = { group: 'billing' }
const orders = { ...group, topic: 'orders' }
const third = { ...orders, partition: 3 }
const pausedBy = (...which: readonly { group: string; topic?: string; partition?: number }[]): OperatorPauses => {
  const pauses = new OperatorPauses()
  for (const one of which) pauses.pause(one)
  return pauses
}

describe('what an operator has paused', () => {
  it.each([
    ['a partition', third, [true, false, false]],
    ['a topic', orders, [true, true, false]],
    ['a group', group, [true, true, true]],
  ])('is all of %s', (_what, which, expected) => {
    const pauses = pausedBy(which)
    const places = [third, { ...orders, partition: 0 }, { ...group, topic: 'refunds', partition: 3 }]
    expect(places.map((place) => pauses.has(place))).toEqual(expected)
  })

  it('goes on when it, or more than it, is resumed', () => {
    for (const wide of [third, orders, group]) {
      const pauses = pausedBy(third)
      expect(pauses.resume(wide)).toBeUndefined()
      expect(pauses.has(third)).toBe(false)
    }
  })

  it('stays where less than it is resumed, which is said', () => {
    const pauses = pausedBy(orders)
    expect(pauses.resume(third)).toEqual(orders)
    expect(pauses.has(third)).toBe(true)
  })

  it('of a partition stays when another topic is resumed', () => {
    const pauses = pausedBy(third)
    expect(pauses.resume({ ...group, topic: 'refunds' })).toBeUndefined()
    expect(pauses.has(third)).toBe(true)
  })

  it('is taken in by a wider pause, so that one resume takes both off', () => {
    const pauses = pausedBy(third, orders)
    expect(pauses.resume(orders)).toBeUndefined()
    expect(pauses.has(third)).toBe(false)
  })

  it('is the same however often it is paused', () => {
    const pauses = pausedBy(third, third)
    pauses.resume(third)
    expect(pauses.has(third)).toBe(false)
  })
})
