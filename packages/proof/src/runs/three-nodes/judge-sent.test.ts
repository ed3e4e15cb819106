import { describe, expect, it } from 'vitest'
import { judgeSent } from './judge-sent.js'

const stored = (value: string, offset: number, key = 'k') => ({
  ...{ partition: 0, offset: BigInt(offset), key: Buffer.from(key), value: Buffer.from(value) },
})
const reported = (...values: readonly (readonly [string, number])[]) =>
  new Map(values.map(([value, offset]) => [value, { topic: 't', partition: 0, offset: BigInt(offset), timestamp: 0 }]))
const strict = { mayHoldMore: false }

describe('what a producer was told, against what is stored', () => {
  it('holds when each is there once, in order, where it was reported', () => {
    const all = [stored('0', 0), stored('2', 1, 'other'), stored('1', 2)]
    expect(judgeSent(reported(['0', 0], ['2', 1], ['1', 2]), all, strict)).toEqual([])
  })

  it('takes a place that nobody remembers, and records of sends that were rejected', () => {
    expect(judgeSent(reported(['0', -1]), [stored('0', 0), stored('1', 1)], { mayHoldMore: true })).toEqual([])
  })

  it.each([
    ['is lost', reported(['0', 0]), []],
    ['is stored twice', reported(['0', 0]), [stored('0', 0), stored('0', 0)]],
    ['nobody was told', reported(), [stored('0', 0)]],
    ['stands behind a later record', reported(['0', 1], ['1', 0]), [stored('1', 0), stored('0', 1)]],
    ['was reported at 0/5', reported(['0', 5]), [stored('0', 0)]],
  ])('tells that a record %s', (words, reports, all) => {
    expect(judgeSent(reports, all, strict)).toEqual([expect.stringContaining(words)])
  })
})
