import { expect, it } from 'vitest'
import { deadLetterCycles } from './dead-letter-cycles.js'

const edges = (...ways: string[]) =>
  ways.map((way) => {
    const [from = '', to = ''] = way.split('>')
    return { from, to, where: way }
  })

it.each([
  ['a chain has none', edges('a>b', 'b>c', 'c>d'), []],
  ['two ways that meet are none', edges('a>c', 'b>c', 'c>d'), []],
  ['one topic with two ends is none', edges('a>b', 'a>c', 'b>c'), []],
  ['a pair', edges('a>b', 'b>a'), ['a b a']],
  ['a long one', edges('a>b', 'b>c', 'c>a'), ['a b c a']],
  ['one behind a lead-in, without the lead-in', edges('x>a', 'a>b', 'b>a'), ['a b a']],
  ['two at once', edges('a>b', 'b>a', 'c>d', 'd>c'), ['a b a', 'c d c']],
  ['the same way declared twice is named twice at most', edges('a>b', 'b>a', 'b>a'), ['a b a', 'a b a']],
])('%s', (_case, ways, expected) => {
  expect(deadLetterCycles(ways).map(({ path }) => path.join(' '))).toEqual(expected)
})

it('names the handler that closes the circle', () => {
  expect(deadLetterCycles(edges('a>b', 'b>a'))[0]?.where).toBe('b>a')
})
