import { expect, it } from 'vitest'
import { isPattern } from './header-pattern.js'

it.each(['order.placed', '', '*', 'order.*', '*.error', 'größe', ' '])('%o is a pattern', (pattern) => {
  expect(isPattern(pattern)).toBe(true)
})

it.each(['order.*.error', '**', '*order*', 'a**', '\ud800', 7, undefined, null])('%o is none', (pattern) => {
  expect(isPattern(pattern)).toBe(false)
})
