import { describe, expect, it } from 'vitest'
import { fail } from './millrace-error.js'

describe('a refused record', () => {
  it.each([
    [3, 'A record for orders.v1[3] was refused: why'],
    [-1, 'A record for orders.v1 was refused: why'],
  ])('names partition %d only where one was chosen', (partition, message) => {
    expect(fail('MILLRACE_PRODUCE_REFUSED', { topic: 'orders.v1', partition, reason: 'why' }).message).toBe(message)
  })

  it.each([
    [3, 'A record for orders.v1[3] is not taken by its topic: why'],
    [-1, 'A record for orders.v1 is not taken by its topic: why'],
    [Number.NaN, 'A record for orders.v1 is not taken by its topic: why'],
  ])('for what it is names partition %d only where there may be one', (partition, message) => {
    const facts = { topic: 'orders.v1', partition, reason: 'why' }
    expect(fail('MILLRACE_PRODUCE_RECORD_INVALID', facts).message).toBe(message)
  })
})
