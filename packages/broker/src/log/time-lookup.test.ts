import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { setupLog } from './test-support/setup-log.js'

const none = { offset: -1n, timestamp: -1n }

function logOf(...batches: number[][]) {
  const setup = setupLog()
  for (const times of batches) setup.append({ records: times.map((timestamp) => ({ timestamp })) })
  return setup
}

const unordered = [
  [500, 300, 900],
  [100, 200, 200],
  [900, 950, 50],
]

describe('the offset for a time', () => {
  it.each([
    ['is the first record before all', unordered, 0, 0n, 500n],
    ['is the record itself where it hits', unordered, 500, 0n, 500n],
    ['is found in the first batch that reaches it', unordered, 501, 2n, 900n],
    ['is the first of several', unordered, 900, 2n, 900n],
    ['passes batches that do not reach it', unordered, 901, 7n, 950n],
    ['is the last record where that hits', unordered, 950, 7n, 950n],
    ['is none beyond all', unordered, 951, -1n, -1n],
    ['is none in an empty log', [], 0, -1n, -1n],
  ])('%s', (_behaviour, batches, time, offset, timestamp) => {
    expect(logOf(...batches).log.offsetForTime(BigInt(time), false)).toEqual({ offset, timestamp })
  })

  it.each(['gzip', 'snappy', 'lz4', 'zstd'] as const)('is found inside a batch of %s', (codec) => {
    const { log, append } = logOf([1])
    append({ codec, records: [{ timestamp: 100 }, { timestamp: 300 }, { timestamp: 200 }] })
    expect(log.offsetForTime(150n, false)).toEqual({ offset: 2n, timestamp: 300n })
  })

  it('is the first offset of a batch that cannot be opened', () => {
    const { log, append } = logOf([1])
    append({ attributes: 1, records: [{ timestamp: 100 }, { timestamp: 300 }] })
    expect(log.offsetForTime(150n, false)).toEqual({ offset: 1n, timestamp: 300n })
  })

  it('is never below the start', () => {
    const { log } = logOf([100, 200, 300], [400])
    log.deleteRecords(1n)
    expect(log.offsetForTime(50n, false)).toEqual({ offset: 1n, timestamp: 200n })
    log.deleteRecords(3n)
    expect(log.offsetForTime(50n, false)).toEqual({ offset: 3n, timestamp: 400n })
  })

  it('is none for a reader of committed records at or above the stable offset', () => {
    const { log, append } = logOf([100])
    append({ producerId: 1n, transactional: true, records: [{ timestamp: 200 }] })
    append({ records: [{ timestamp: 300 }] })
    expect(log.offsetForTime(100n, true)).toEqual({ offset: 0n, timestamp: 100n })
    expect(log.offsetForTime(150n, true)).toEqual(none)
    expect(log.offsetForTime(250n, true)).toEqual(none)
    expect(log.offsetForTime(150n, false)).toEqual({ offset: 1n, timestamp: 200n })
  })

  it('is what a look at every batch gives', () => {
    const times = fc.array(fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 4 }), {
      maxLength: 400,
    })
    fc.assert(
      fc.property(times, fc.integer({ min: 0, max: 310 }), (batches, time) => {
        const { log } = logOf(...batches)
        const batch = batches.findIndex((each) => Math.max(...each) >= time)
        const inside = batches[batch]?.findIndex((each) => each >= time) ?? 0
        const offset = batches.slice(0, Math.max(0, batch)).flat().length + inside
        const expected = batch < 0 ? none : { offset: BigInt(offset), timestamp: BigInt(batches[batch]?.[inside] ?? 0) }
        expect(log.offsetForTime(BigInt(time), false)).toEqual(expected)
      }),
      { numRuns: 50 },
    )
  })
})

describe('the offset of the latest time', () => {
  it.each([
    ['is the first record of the highest timestamp', [[1, 5], [7, 3, 7], [7]], 2n, 7n],
    ['is none in an empty log', [], -1n, -1n],
    ['is the first record where none has a time', [[-1, -1], [-1]], 0n, -1n],
  ])('%s', (_behaviour, batches, offset, timestamp) => {
    expect(logOf(...batches).log.offsetOfLatestTime(false)).toEqual({ offset, timestamp })
  })

  it('is none for a reader of committed records at or above the stable offset', () => {
    const { log, append } = logOf([100])
    append({ producerId: 1n, transactional: true, records: [{ timestamp: 200 }] })
    expect(log.offsetOfLatestTime(true)).toEqual(none)
  })
})
