import { describe, expect, it } from 'vitest'
import { rawRecord } from '../test-support/records.js'
import { HeldRecords } from './held-records.js'

const records = (count: number) => Array.from({ length: count }, (_, delta) => rawRecord(delta))

describe('HeldRecords', () => {
  it('hands over at most 100 records at a time, and moves the end behind them', () => {
    const held = new HeldRecords()
    held.push(records(250), 0, 260)
    const ends: number[] = []
    const counts: number[] = []
    for (let chunk = held.announce(); chunk.length > 0; chunk = held.announce()) {
      counts.push(...chunk.map((each) => each.records.length))
      ends.push(held.admittedEnd)
      held.admitted()
    }
    expect(counts).toEqual([100, 100, 50])
    expect(ends).toEqual([100, 200, 260])
    expect(held.size).toBe(0)
  })

  it('moves the end over markers and gaps, behind the records that still wait', () => {
    const held = new HeldRecords()
    held.push([], 0, 5)
    expect(held.admittedEnd).toBe(5)
    held.push(records(1), 5, 6)
    held.push([], 6, 9)
    expect(held.admittedEnd).toBe(5)
    held.announce()
    held.admitted()
    held.announce()
    expect(held.admittedEnd).toBe(9)
  })

  it('passes markers behind the last records with them, however many come', () => {
    const held = new HeldRecords()
    held.push(records(1), 0, 1)
    held.announce()
    for (let end = 2; end <= 9; end += 1) held.push([], 1, end)
    held.admitted()
    expect(held.admittedEnd).toBe(9)
    expect(held.announce()).toEqual([])
  })

  it('takes the end of a withdrawn chunk back: it must not be committed any more', () => {
    const held = new HeldRecords()
    held.push(records(150), 0, 150)
    held.announce()
    held.admitted()
    held.announce()
    held.withdraw()
    expect(held.admittedEnd).toBe(100)
  })

  it('does not forget a chunk that is being committed, unless it is withdrawn', () => {
    const held = new HeldRecords()
    held.push(records(250), 0, 250)
    held.announce()
    expect(held.clear()).toEqual({ count: 150, bytes: 1_500 })
    expect(held.size).toBe(100)
    held.withdraw()
    expect(held.clear()).toEqual({ count: 100, bytes: 1_000 })
    expect(held.size).toBe(0)
  })

  it('says how much it forgets', () => {
    const held = new HeldRecords()
    held.push(records(3), 0, 3)
    expect(held.clear()).toEqual({ count: 3, bytes: 30 })
    expect(held.announce()).toEqual([])
  })
})
