import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { distanceBetween, suggest } from './suggest.js'

describe('the distance of two words', () => {
  it.each([
    ['', '', 0],
    ['', 'abc', 3],
    ['brokers', 'brokers', 0],
    ['broker', 'brokers', 1],
    ['brokesr', 'brokers', 1],
    ['borkers', 'brokers', 1],
    ['kitten', 'sitting', 3],
    ['ca', 'abc', 3],
  ])('%j and %j: %i', (one, other, distance) => {
    expect(distanceBetween(one, other)).toBe(distance)
  })

  it('is the same in both directions, and none only between equals', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (one, other) => {
        expect(distanceBetween(one, other)).toBe(distanceBetween(other, one))
        expect(distanceBetween(one, other) === 0).toBe(one === other)
        expect(distanceBetween(one, other)).toBeLessThanOrEqual(Math.max(one.length, other.length))
      }),
    )
  })
})

describe('a suggestion', () => {
  const known = ['brokers', 'clientId', 'sasl', 'ssl']
  it.each([
    ['broker', 'brokers'],
    ['clientID', 'clientId'],
    ['sslc', 'ssl'],
    ['sals', 'sasl'],
    ['password', undefined],
    ['x', undefined],
  ])('for %s is %s', (name, meant) => {
    expect(suggest(name, known)).toBe(meant)
  })
})
