import { describe, expect, it } from 'vitest'
import { rawRecord, source } from '../test-support/records.js'
import { Lane } from './lane.js'

const drainOf = (lane: Lane): bigint[] => {
  const offsets: bigint[] = []
  for (let head = lane.head(); head !== undefined; head = lane.head()) {
    offsets.push(head.offset)
    lane.shift()
  }
  return offsets
}

describe('Lane', () => {
  it('gives records in the order of their batches', () => {
    const lane = new Lane(source)
    lane.push([rawRecord(0), rawRecord(2)], 0)
    lane.push([], 3)
    lane.push([rawRecord(0)], 5)
    expect(lane.size).toBe(3)
    expect(drainOf(lane)).toEqual([100n, 102n, 105n])
    expect(lane.size).toBe(0)
  })

  it('keeps the same record at the head until it is shifted', () => {
    const lane = new Lane(source)
    lane.push([rawRecord(0), rawRecord(1)], 0)
    expect(lane.head()).toBe(lane.head())
  })

  it('forgets what is queued behind a running head, and says how much that was', () => {
    const lane = new Lane(source)
    lane.push([rawRecord(0), rawRecord(1), rawRecord(2)], 0)
    lane.push([rawRecord(0)], 3)
    lane.head()
    lane.shift()
    lane.head()
    expect(lane.clearBehindHead()).toEqual({ count: 2, bytes: 20 })
    expect(lane.size).toBe(1)
    expect(drainOf(lane)).toEqual([101n])
  })

  it('forgets everything when nothing has started', () => {
    const lane = new Lane(source)
    lane.push([rawRecord(0), rawRecord(1)], 0)
    expect(lane.clearBehindHead()).toEqual({ count: 2, bytes: 20 })
    expect(lane.head()).toBeUndefined()
  })
})
