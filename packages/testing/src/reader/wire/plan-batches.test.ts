import { describe, expect, test } from 'vitest'
import { planBatches } from './plan-batches.js'
import type { WireFixture } from './wire-fixture.js'

const fixture = (partition: number | undefined, given: Partial<WireFixture> = {}): WireFixture => ({
  ...{ partition, timestamp: 0n, key: null, value: Buffer.alloc(68), headers: [], repeat: 1 },
  ...given,
})
/** By round and partition, the places of the records of each batch. */
const plan = (
  fixtures: readonly WireFixture[],
  { batchBytes = 250, recordsPerRound = Number.POSITIVE_INFINITY } = {},
) =>
  [...planBatches(fixtures, 3, { batchBytes, recordsPerRound })].map((round) =>
    Object.fromEntries(
      [...round].map(([partition, batches]) => [partition, batches.map((all) => all.map((one) => one.index))]),
    ),
  )

describe('records in batches', () => {
  test('fill a batch of their partition up to its size', () => {
    expect(plan([fixture(0, { repeat: 5 }), fixture(1), fixture(0)])).toEqual([
      {
        0: [
          [0, 1],
          [2, 3],
          [4, 6],
        ],
        1: [[5]],
      },
    ])
  })

  test('that are larger than a batch have one each', () => {
    expect(plan([fixture(2, { repeat: 2, value: Buffer.alloc(1000) })])).toEqual([{ 2: [[0], [1]] }])
  })

  test('end all batches after so many of the call', () => {
    const sizes = { batchBytes: Number.POSITIVE_INFINITY, recordsPerRound: 2 }
    expect(plan([fixture(0), fixture(1, { repeat: 3 }), fixture(0)], sizes)).toEqual([
      { 0: [[0]], 1: [[1]] },
      { 1: [[2, 3]] },
      { 0: [[4]] },
    ])
  })

  test('go by their key, and without one all to the same partition', () => {
    const partitions = (fixtures: readonly WireFixture[]) => plan(fixtures).flatMap((round) => Object.keys(round))
    const keyed = fixture(undefined, { key: Buffer.from('customer-1') })
    expect(partitions([keyed, keyed])).toEqual(partitions([keyed]))
    expect(partitions([fixture(undefined), fixture(undefined)])).toHaveLength(1)
  })

  test('are none where there are none', () => {
    expect(plan([])).toEqual([])
  })
})
