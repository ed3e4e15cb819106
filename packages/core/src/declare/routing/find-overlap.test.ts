import { describe, expect, it } from 'vitest'
import { allOf, anyOf, type Condition, headerIs } from './condition.js'
import { fieldIs } from './field-condition.js'
import { findOverlap } from './find-overlap.js'

const type = (...patterns: [string, ...string[]]) => headerIs('type', ...patterns)

/** The headers and fields of the example, as `type=a kind=1`. */
function example(one: Condition, other: Condition): string | undefined {
  const overlap = findOverlap(one, other)
  if (overlap === undefined || overlap === 'undecided') return overlap
  return [...overlap.headers, ...overlap.fields].map(([name, value]) => `${name}=${String(value)}`).join(' ')
}

describe('two conditions can meet in a record', () => {
  it.each<[string, Condition, Condition, string | undefined]>([
    ['one value twice', type('a'), type('a'), 'type=a'],
    ['two values', type('a'), type('b'), undefined],
    ['a value and a beginning that it has', type('order.placed'), type('order.*'), 'type=order.placed'],
    ['a value and a beginning that it has not', type('order.placed'), type('payment.*'), undefined],
    ['a value that is the beginning', type('order.'), type('order.*'), 'type=order.'],
    ['a beginning and a longer one', type('order.*'), type('order.placed.*'), 'type=order.placed.'],
    ['two beginnings that part', type('order.*'), type('offer.*'), undefined],
    ['two ends, one within the other', type('*.error'), type('*r'), 'type=.error'],
    ['two ends that part', type('*.error'), type('*.warning'), undefined],
    ['a beginning and an end', type('order.*'), type('*.error'), 'type=order..error'],
    ['any value and one', type('*'), type('x'), 'type=x'],
    ['an empty value and any', type(''), type('*'), 'type='],
    ['one of several values', type('a', 'b', 'c'), type('d', 'b'), 'type=b'],
    ['a value in another case', type('A'), type('a'), undefined],
    ['one of several in either', anyOf(type('a'), type('b')), anyOf(type('b'), type('c')), 'type=b'],
    ['a value that lacks the end', allOf(type('a*'), type('*b')), type('ac'), undefined],
    ['a beginning and an end that share a letter', allOf(type('ab*'), type('*bc')), type('abc'), 'type=abc'],
    ['different headers', type('a'), headerIs('tenant', 'a'), 'type=a tenant=a'],
    ['another value of the second header', allOf(type('a'), headerIs('t', 'x')), headerIs('t', 'y'), undefined],
    ['a header and a field', type('a'), fieldIs('kind', 1), 'type=a kind=1'],
    ['two values of a field', fieldIs('kind', 'a'), fieldIs('kind', 'b', 'c'), undefined],
    ['a number and its text', fieldIs('kind', 1), fieldIs('kind', '1'), undefined],
    ['one value of a field', fieldIs('kind', 'a', 'b'), fieldIs('kind', 'b', 'c'), 'kind=b'],
    ['a field and a header of one name', fieldIs('type', 'a'), type('b'), 'type=b type=a'],
    ['a condition that contradicts itself, and any', allOf(type('a'), type('b')), type('*'), undefined],
  ])('%s', (_case, one, other, expected) => {
    expect(example(one, other)).toBe(expected)
    expect(example(other, one) === undefined).toBe(expected === undefined)
  })

  it('is undecided where the ways to meet them are too many', () => {
    const many = anyOf(type('0'), ...Array.from({ length: 199 }, (_, at) => type(String(at + 1))))
    expect(example(many, allOf(many, many))).toBe('undecided')
    expect(example(type('x'), many)).toBeUndefined()
  })
})
