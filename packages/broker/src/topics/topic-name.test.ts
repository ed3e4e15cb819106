import { describe, expect, it } from 'vitest'
import { collisionKey, refuseTopicName } from './topic-name.js'

describe('topic names', () => {
  it.each(['a', 'orders.v1', 'A-b_c.9', 'x'.repeat(249), '...', '__consumer_offsets'])('allows %s', (name) => {
    expect(refuseTopicName(name)).toBeUndefined()
  })

  it.each(['', '.', '..', 'a b', 'x'.repeat(250), 'ü', 'a/b', 'a:b', 'a\n'])(
    'refuses %j with 17 and a sentence',
    (name) => {
      expect(refuseTopicName(name)).toEqual({
        errorCode: 17,
        errorMessage: expect.stringMatching(/^Topic name is invalid: /),
      })
    },
  )

  it('takes . and _ for the same where names must not collide', () => {
    expect(collisionKey('a.b_c')).toBe(collisionKey('a_b.c'))
    expect(collisionKey('ab')).not.toBe(collisionKey('a.b'))
  })
})
