import { describe, expect, it } from 'vitest'
import { rawRecord } from '../test-support/records.js'
import { BackPressure } from './back-pressure.js'

function setup(marks = { bufferedRecords: 10, totalBufferedRecords: 16, totalBufferedBytes: 1_000_000 }) {
  const pressure = new BackPressure(marks)
  const open = () => {
    const partition = {
      buffered: 0,
      bufferedBytes: 0,
      isPaused: false,
      pauseFor: () => void (partition.isPaused = true),
      resumeFrom: () => void (partition.isPaused = false),
      take(count: number, sizeBytes = 10) {
        partition.buffered += count
        partition.bufferedBytes += count * sizeBytes
        pressure.took(
          partition,
          Array.from({ length: count }, (_, delta) => rawRecord(delta, { sizeBytes })),
        )
      },
      release(count: number, sizeBytes = 10) {
        partition.buffered -= count
        partition.bufferedBytes -= count * sizeBytes
        pressure.released(partition, count, count * sizeBytes)
      },
    }
    pressure.add(partition)
    return partition
  }
  return { pressure, open }
}

describe('BackPressure', () => {
  it('pauses a partition at its mark and resumes it at half', () => {
    const partition = setup().open()
    partition.take(9)
    expect(partition.isPaused).toBe(false)
    partition.take(1)
    expect(partition.isPaused).toBe(true)
    partition.release(4)
    expect(partition.isPaused).toBe(true)
    partition.release(1)
    expect(partition.isPaused).toBe(false)
  })

  it('pauses all partitions that hold records when the worker holds enough, and resumes at half those that have room', () => {
    const { open } = setup()
    const [a, b, c] = [open(), open(), open()]
    a.take(8)
    b.take(8)
    expect([a, b, c].map(({ isPaused }) => isPaused)).toEqual([true, true, false])
    c.take(1)
    expect(c.isPaused).toBe(true)
    c.release(1)
    b.release(8)
    expect([a, b, c].map(({ isPaused }) => isPaused)).toEqual([true, false, false])
    a.release(3)
    expect(a.isPaused).toBe(false)
  })

  it('counts bytes as well as records', () => {
    const { open } = setup({ bufferedRecords: 10, totalBufferedRecords: 100, totalBufferedBytes: 1_000 })
    const partition = open()
    partition.take(1, 1_000)
    expect(partition.isPaused).toBe(true)
    partition.release(1, 1_000)
    expect(partition.isPaused).toBe(false)
  })

  it('takes back what a partition still held when its lease ended, and lets the others go on', () => {
    const { open, pressure } = setup()
    const [gone, other] = [open(), open()]
    gone.take(16)
    other.take(1)
    expect(other.isPaused).toBe(true)
    other.release(1)
    other.take(1)
    pressure.remove(gone)
    pressure.remove(gone)
    expect([pressure.records, pressure.bytes, other.isPaused]).toEqual([1, 10, false])
  })

  it('pauses a partition that is assigned while the worker is full, with its first records', () => {
    const { open } = setup()
    open().take(16)
    const late = open()
    late.take(1)
    expect(late.isPaused).toBe(true)
  })

  it('lets a partition that holds nothing go on while others fill the worker for good', () => {
    const { open } = setup()
    const stuck = [open(), open()]
    const healthy = open()
    for (const partition of stuck) partition.take(10)
    expect(stuck.map(({ isPaused }) => isPaused)).toEqual([true, true])
    expect(healthy.isPaused).toBe(false)
    healthy.take(2)
    expect(healthy.isPaused).toBe(true)
    healthy.release(1)
    expect(healthy.isPaused).toBe(true)
    healthy.release(1)
    expect(healthy.isPaused).toBe(false)
  })
})
