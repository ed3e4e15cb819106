import { describe, expect, it } from 'vitest'
import { createIds } from './ids.js'

const some = (seed?: number): string[] => {
  const ids = createIds(seed)
  return [ids.uuid(), ids.kafkaUuid(), ids.uuid()]
}

describe('ids', () => {
  it('follow from the seed', () => {
    expect(some(7)).toEqual(some(7))
    expect(some(7)).not.toEqual(some(8))
  })

  it('are random without one', () => {
    expect(some()).not.toEqual(some())
  })

  it('are random uuids in their usual form', () => {
    expect(createIds(1).uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  })

  it('are 16 bytes that no tool takes for an option, where Kafka prints them', () => {
    const ids = createIds(3)
    for (let round = 0; round < 500; round += 1) {
      const id = ids.kafkaUuid()
      expect(id).toMatch(/^[A-Za-z0-9_][A-Za-z0-9_-]{21}$/)
      expect(Buffer.from(id, 'base64url').length).toBe(16)
    }
  })
})
