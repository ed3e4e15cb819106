import { describe, expect, it } from 'vitest'
import { fromEnv } from '../env-name.js'
import { groupNameFault, topicNameFault } from './name-problems.js'

describe('a topic name', () => {
  it.each(['a', 'orders.v1', 'A-Z_0.9', '...', '__proto__', 'x'.repeat(249)])('may be %o', (name) => {
    expect(topicNameFault(name, name)).toBeUndefined()
  })

  it.each(['', '.', '..', 'x'.repeat(250), 'bestellungen.größe', 'two words', 'a/b', 'a\n', ' a', 'a:b', '日本'])(
    'may not be %o',
    (name) => {
      expect(topicNameFault(name, name)).toMatchObject({ problem: expect.any(String), fix: expect.any(String) })
    },
  )

  it('that came from the environment is traced back to its variable', () => {
    expect(topicNameFault('a b', fromEnv('ORDERS_TOPIC', 'a b'))?.fix).toContain('ORDERS_TOPIC')
  })
})

describe('a group name', () => {
  it.each(['billing', 'team a: billing', 'größe', 'a/b', '.'])('may be %o', (name) => {
    expect(groupNameFault(name, name)).toBeUndefined()
  })

  it.each(['', '   ', 'a\nb', 'a\u0000', '\u001b[31m', 'a\u2028b', 'a\u0085b'])('may not be %o', (name) => {
    expect(groupNameFault(name, name)).toBeDefined()
  })
})
