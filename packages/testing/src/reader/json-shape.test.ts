import { expect, test } from 'vitest'
import { base64, int64, integer, list, mapOf, nullable, object, pair, text } from './json-shape.js'

test('reads nested values into their types', () => {
  const shape = object<{ offset: bigint; key: Buffer | null; headers: (readonly [string, number])[] }>({
    offset: int64,
    key: nullable(base64),
    headers: list(pair(text, integer)),
  })
  expect(shape({ offset: '9223372036854775807', key: 'AP8=', headers: [['a', 1]], more: true }, 'x')).toEqual({
    offset: 9_223_372_036_854_775_807n,
    key: Buffer.from([0, 255]),
    headers: [['a', 1]],
  })
})

test('keeps names of a map that would hurt an object', () => {
  const found = mapOf(text)(JSON.parse('{"__proto__":"a","constructor":"b"}'), 'x')
  expect([...found]).toEqual([
    ['__proto__', 'a'],
    ['constructor', 'b'],
  ])
})

test.each([
  ['text', () => text(1, 'x.y'), 'x.y: expected text, got 1'],
  ['an integer', () => integer(1.5, 'x'), 'x: expected an integer, got 1.5'],
  ['a 64-bit number', () => int64('1e3', 'x'), 'x: expected a decimal number as text, got "1e3"'],
  ['a missing field', () => object<{ a: string }>({ a: text })({}, 'x'), 'x.a: expected text, got undefined'],
  ['a wrong entry', () => list(text)(['a', 2], 'x'), 'x[1]: expected text, got 2'],
  ['a triple', () => pair(text, text)(['a', 'b', 'c'], 'x'), 'x: expected a pair'],
  ['a list for an object', () => mapOf(text)([], 'x'), 'x: expected an object'],
])('names the place of what is wrong: %s', (_what, act, message) => {
  expect(act).toThrow(message)
})
