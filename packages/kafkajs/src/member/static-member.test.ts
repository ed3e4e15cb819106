import { expect, it } from 'vitest'
import { isFenced } from './static-member.js'

it('finds the word of the group among the causes of an error, also where they go in a circle', () => {
  const circle: { cause?: unknown } = {}
  circle.cause = { cause: circle }
  expect([isFenced(circle), isFenced(undefined)]).toEqual([false, false])
  expect(isFenced(new Error('join', { cause: new Error('sync', { cause: { code: 82 } }) }))).toBe(true)
  expect(isFenced({ errorCode: 82 })).toBe(true)
})
