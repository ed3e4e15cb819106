import { expect, it } from 'vitest'
import { topicCycles, type TopicEdge } from './topic-cycles.js'

/** `a>b` is a dead letter, `a=b` an output. */
const edges = (...ways: string[]): TopicEdge[] =>
  ways.map((way) => {
    const [from = '', to = ''] = way.split(/[>=]/)
    return { from, to, by: way.includes('=') ? 'output' : 'dead letter', where: way }
  })

it.each([
  ['a chain has none', edges('a>b', 'b>c', 'c>d'), []],
  ['two ways that meet are none', edges('a>c', 'b>c', 'c>d'), []],
  ['one topic with two ends is none', edges('a>b', 'a>c', 'b>c'), []],
  ['a pair', edges('a>b', 'b>a'), ['a b a']],
  ['a long one', edges('a>b', 'b>c', 'c>a'), ['a b c a']],
  ['one behind a lead-in, without the lead-in', edges('x>a', 'a>b', 'b>a'), ['a b a']],
  ['one of outputs', edges('a=b', 'b=a'), ['a b a']],
  ['one of an output whose record fails there', edges('a=b', 'b>a'), ['a b a']],
  ['two at once', edges('a>b', 'b>a', 'c>d', 'd>c'), ['a b a', 'c d c']],
  ['the same way declared twice is named twice at most', edges('a>b', 'b>a', 'b>a'), ['a b a', 'a b a']],
])('%s', (_case, ways, expected) => {
  expect(topicCycles(ways).map(({ path }) => path.join(' '))).toEqual(expected)
})

it('names the handler that closes the circle', () => {
  expect(topicCycles(edges('a>b', 'b>a'))[0]?.where).toBe('b>a')
})

it.each([
  ['dead letters only', edges('x=a', 'a>b', 'b>a'), false],
  ['an output on the way', edges('a>b', 'b=a'), true],
])('says whether outputs go round: %s', (_case, ways, expected) => {
  expect(topicCycles(ways).map(({ hasOutputs }) => hasOutputs)).toEqual([expected])
})
