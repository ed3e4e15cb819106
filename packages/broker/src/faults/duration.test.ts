import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { durationText, parseDuration } from './duration.js'

describe('parseDuration', () => {
  it.each([
    ['250ms', 250],
    ['2s', 2_000],
    ['1.5s', 1_500],
    ['3m', 180_000],
    ['2h', 7_200_000],
    ['0s', 0],
    [17, 17],
    [0, 0],
    ['17', undefined],
    ['2 s', undefined],
    ['-2s', undefined],
    ['2d', undefined],
    ['', undefined],
    [-1, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    [null, undefined],
  ])('reads %o as %o', (input, ms) => {
    expect(parseDuration(input)).toBe(ms)
  })
})

describe('durationText', () => {
  it('reads back as the same', () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 31 }), (ms) => parseDuration(durationText(ms)) === ms))
  })

  it.each([
    [0, '0ms'],
    [250, '250ms'],
    [2_000, '2s'],
    [180_000, '3m'],
    [7_200_000, '2h'],
    [1_500, '1500ms'],
  ])('is short: %i as %s', (ms, text) => {
    expect(durationText(ms)).toBe(text)
  })
})
