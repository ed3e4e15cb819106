import { expect, it } from 'vitest'
import { allOf, anyOf, headerIs, otherwise, type RouteCondition } from './condition.js'
import { fieldIs } from './field-condition.js'
import { printCondition } from './print-condition.js'

it.each<[RouteCondition, string]>([
  [headerIs('event-type', 'order.*', '*.error'), "headerIs('event-type', 'order.*', '*.error')"],
  [fieldIs('kind', 'a', 1, true), "fieldIs('kind', 'a', 1, true)"],
  [
    allOf(headerIs('a', 'b'), anyOf(fieldIs('c', 1), headerIs('d', 'e'))),
    "allOf(headerIs('a', 'b'), anyOf(fieldIs('c', 1), headerIs('d', 'e')))",
  ],
  [headerIs("it's", 'a "b"\n'), "headerIs('it\\'s', 'a \"b\"\\n')"],
  [otherwise, 'otherwise'],
])('prints a condition as it was written: %o', (when, text) => {
  expect(printCondition(when)).toBe(text)
})

it('is data: frozen, and the same when it comes from JSON', () => {
  const when = allOf(headerIs('a', 'b'), fieldIs('c', 1))
  expect([when, when.of, when.of[0], when.of[0].patterns].every(Object.isFrozen)).toBe(true)
  expect(JSON.parse(JSON.stringify(when))).toEqual(when)
})
