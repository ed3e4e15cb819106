import { describe, expect, it } from 'vitest'
import type { RunLine } from '../harness/run-line.js'
import { checkNoAborted } from './check-no-aborted.js'
import { checkOutputs, type ExpectedOutput, type ReadRecord } from './check-outputs.js'
import { checkSameView } from './check-same-view.js'
import { checkTransactionsFinished } from './check-transactions-finished.js'

/** Four records of two keys from one partition; the third has no output, the fourth has two. */
const expected: readonly ExpectedOutput[] = [
  { key: 'a', value: 'one', lanes: ['key a', 'from 0'] },
  { key: 'b', value: 'two', lanes: ['key b', 'from 0'] },
  { key: 'a', value: 'four-1', lanes: ['key a', 'from 0'] },
  { key: 'a', value: 'four-2', lanes: ['key a', 'from 0'] },
]
const read = (offset: number, key: string | null, value: string | null, partition = 0): ReadRecord => ({
  ...{ partition, offset: BigInt(offset) },
  ...{ key: key === null ? null : Buffer.from(key), value: value === null ? null : Buffer.from(value) },
})
/** Offset 2 was a marker. */
const clean: readonly ReadRecord[] = [
  read(0, 'a', 'one'),
  read(1, 'b', 'two'),
  read(3, 'a', 'four-1'),
  read(4, 'a', 'four-2'),
]
const texts = (found: readonly { readonly text: string }[]): readonly string[] => found.map(({ text }) => text)

describe('checkOutputs', () => {
  it('finds nothing in exactly f(input)', () => {
    expect(checkOutputs(expected, clean)).toEqual([])
    expect(checkOutputs([], [])).toEqual([])
  })

  it.each<[string, readonly ReadRecord[], readonly string[]]>([
    ['a loss', clean.toSpliced(1, 1), ['lost: ["b","two"]']],
    ['a duplicate', [...clean, read(5, 'b', 'two')], ['duplicate: ["b","two"] at output[0]@1 and output[0]@5']],
    [
      'a loss that a duplicate makes up for in the count',
      clean.with(1, read(1, 'a', 'one')),
      ['lost: ["b","two"]', 'duplicate: ["a","one"] at output[0]@0 and output[0]@1'],
    ],
    [
      'a swap within a key',
      [read(0, 'a', 'one'), read(1, 'b', 'two'), read(3, 'a', 'four-2'), read(4, 'a', 'four-1')],
      [
        'order: ["a","four-2"] at output[0]@3 stands before ["a","four-1"] at output[0]@4 in key a',
        'order: ["a","four-2"] at output[0]@3 stands before ["a","four-1"] at output[0]@4 in from 0',
      ],
    ],
    [
      'a swap of two keys of one partition',
      [read(0, 'b', 'two'), read(1, 'a', 'one'), ...clean.slice(2)],
      ['order: ["b","two"] at output[0]@0 stands before ["a","one"] at output[0]@1 in from 0'],
    ],
    [
      'an output of nobody',
      [...clean, read(5, 'a', 'five')],
      ['unknown: ["a","five"] at output[0]@5 comes from no record'],
    ],
    [
      'another key',
      clean.with(1, read(1, null, 'two')),
      ['lost: ["b","two"]', 'unknown: [null,"two"] at output[0]@1 comes from no record'],
    ],
    [
      'no value where there is one',
      clean.with(1, read(1, 'b', null)),
      ['lost: ["b","two"]', 'unknown: ["b",null] at output[0]@1 comes from no record'],
    ],
    [
      'a key in two partitions',
      clean.with(3, read(0, 'a', 'four-2', 1)),
      ['spread: key a is in output[0]@3 and output[1]@0', 'spread: from 0 is in output[0]@3 and output[1]@0'],
    ],
  ])('catches %s, and only that', (_seed, seen, wrong) => {
    expect(texts(checkOutputs(expected, seen))).toEqual(wrong)
    expect(checkOutputs(expected, seen)[0]?.oracle).toBe('O8')
  })
})

describe('checkSameView', () => {
  it('finds nothing where a reader was given the same, whatever the order of the partitions', () => {
    const other = read(0, 'c', 'x', 1)
    expect(checkSameView([...clean, other], [other, ...clean])).toEqual([])
  })

  it.each<[string, readonly ReadRecord[], string]>([
    [
      'a record that was taken back later',
      [...clean, read(5, 'a', 'z')],
      'given output[0]@5, which was never committed',
    ],
    ['a record that it was never given', clean.slice(1), 'was never given output[0]@0'],
    ['a record that it was given again', [...clean, ...clean.slice(3)], 'was given output[0]@4 again'],
    ['a step back', [...clean.slice(0, 2), ...clean.slice(2).toReversed()], 'was given output[0]@3 behind 4'],
    ['other bytes', clean.with(0, read(0, 'a', 'One')), 'other bytes at output[0]@0'],
    ['another key', clean.with(0, read(0, null, 'one')), 'other bytes at output[0]@0'],
  ])('catches %s, and only that', (_seed, during, words) => {
    const found = checkSameView(clean, during)
    expect(found).toMatchObject([{ oracle: 'O8' }])
    expect(found[0]?.text).toContain(words)
  })
})

describe('checkNoAborted', () => {
  const line = (offset: bigint, topic = 'orders'): RunLine => ({
    ...{ id: `r${offset}`, key: null, sequence: 0, topic, partition: 0, offset, attempt: 1 },
    ...{ worker: 'w1', generation: 1, edge: 'start', timeMs: 0 },
  })
  it('catches a handler that was given an aborted record, and nothing else', () => {
    const aborted = [{ topic: 'orders', partition: 0, offset: 3n }]
    expect(checkNoAborted(aborted, [line(2n), line(3n, 'others'), line(4n)])).toEqual([])
    expect(checkNoAborted(aborted, [line(3n), { ...line(3n), edge: 'done' }])).toEqual([
      { oracle: 'O9', text: 'r3 at orders[0]@3 was handled by w1, although its transaction was aborted' },
    ])
  })
})

describe('checkTransactionsFinished', () => {
  const end = { topic: 'out', partition: 0, lastStable: 7n, end: 7n }
  it('finds nothing where everything has ended, one way or the other', () => {
    const states = ['Empty', 'CompleteCommit', 'CompleteAbort']
    const transactions = states.map((state) => ({ transactionalId: 'g-1', state }))
    expect(checkTransactionsFinished([end], transactions)).toEqual([])
  })
  it('catches a reader that is held up, and a transaction that has not ended', () => {
    expect(texts(checkTransactionsFinished([{ ...end, lastStable: 6n }], []))).toEqual([
      'out[0] is stable up to 6 of 7',
    ])
    for (const state of ['Ongoing', 'PrepareCommit', 'PrepareAbort', 'PrepareEpochFence'])
      expect(texts(checkTransactionsFinished([end], [{ transactionalId: 'g-1', state }]))).toEqual([
        `the transaction of g-1 is ${state}`,
      ])
  })
})
