import { expect, it } from 'vitest'
import { gravestOf, isGraver, transactionErrorOf } from './transaction-errors.js'

it.each([
  [-1, 'rebuild', 'maybe'],
  [3, 'retry', 'no'],
  [5, 'retry', 'no'],
  [6, 'elsewhere', 'maybe'],
  [7, 'elsewhere', 'maybe'],
  [8, 'elsewhere', 'no'],
  [10, 'abort', 'no'],
  [12, 'abort', 'no'],
  [13, 'rebuild', 'maybe'],
  [14, 'retry', 'maybe'],
  [15, 'elsewhere', 'maybe'],
  [16, 'elsewhere', 'maybe'],
  [17, 'refused', 'no'],
  [18, 'abort', 'no'],
  [19, 'retry', 'no'],
  [20, 'retry', 'maybe'],
  [22, 'fenced-by-group', 'no'],
  [24, 'refused', 'no'],
  [25, 'fenced-by-group', 'no'],
  [27, 'abort', 'no'],
  [28, 'abort', 'no'],
  [29, 'refused', 'no'],
  [30, 'refused', 'no'],
  [31, 'refused', 'no'],
  [32, 'abort', 'no'],
  [35, 'refused', 'no'],
  [42, 'refused', 'no'],
  [43, 'refused', 'no'],
  [44, 'abort', 'no'],
  [45, 'rebuild', 'no'],
  [47, 'fenced-by-producer', 'no'],
  [48, 'rebuild', 'no'],
  [49, 'rebuild', 'no'],
  [50, 'refused', 'no'],
  [51, 'wait', 'no'],
  [52, 'elsewhere', 'maybe'],
  [53, 'refused', 'no'],
  [55, 'retry', 'no'],
  [56, 'elsewhere', 'maybe'],
  [59, 'rebuild', 'no'],
  [69, 'fenced-by-group', 'no'],
  [79, 'fenced-by-group', 'no'],
  [82, 'fenced-by-group', 'no'],
  [87, 'abort', 'no'],
  [88, 'wait', 'no'],
  [89, 'retry', 'no'],
  [90, 'fenced-by-producer', 'no'],
  [110, 'fenced-by-group', 'no'],
  [113, 'fenced-by-group', 'no'],
  [120, 'abort', 'no'],
] as const)('code %i means %s', (code, verdict, applied) => {
  expect(transactionErrorOf(code)).toMatchObject({ verdict, applied })
  expect(transactionErrorOf(code).name).not.toContain('error code')
})

it('takes a code that nobody knows for an outcome that nobody knows', () => {
  expect(transactionErrorOf(9_999)).toEqual({ name: 'error code 9999', verdict: 'rebuild', applied: 'maybe' })
})

it.each([
  ['nothing went wrong', [0, 0], 0],
  ['nobody was asked about', [], 0],
  ['one partition is unknown, its neighbours were not attempted', [55, 3, 55], 3],
  ['one has moved, one may not be written to', [16, 29, 0], 29],
  ['fenced by the group beats a missing topic', [3, 22], 22],
  ['fenced by another producer beats all', [22, 47, -1], 47],
])('of many codes the gravest counts: %s', (_what, codes, gravest) => {
  expect(gravestOf(codes)).toBe(gravest)
})

it('a verdict is not graver than itself', () => {
  expect(isGraver('abort', 'abort')).toBe(false)
})
