import { describe, expect, it } from 'vitest'
import { createLru } from './lru.js'

describe('a map of bounded size', () => {
  it('lets go of what was not used for longest', () => {
    const lru = createLru<number, string>(2)
    lru.set(1, 'one')
    lru.set(2, 'two')
    expect(lru.get(1)).toBe('one')
    lru.set(3, 'three')
    expect([lru.get(1), lru.get(2), lru.get(3), lru.size]).toEqual(['one', undefined, 'three', 2])
  })

  it('forgets an entry at its end, not before, and takes a new one of the same key', () => {
    let now = 0
    const lru = createLru<number, string>(5, () => now)
    lru.set(1, 'one', 10)
    now = 9
    expect(lru.get(1)).toBe('one')
    now = 10
    expect([lru.get(1), lru.size]).toEqual([undefined, 0])
    lru.set(1, 'again', 20)
    expect(lru.get(1)).toBe('again')
    lru.delete(1)
    expect(lru.get(1)).toBeUndefined()
  })
})
