import { expect, test } from 'vitest'
import { outputsOf } from './planned-transform.js'

test.each([
  ['ok-1', [{ id: 'out-0-of-ok-1', sequence: 4 }]],
  ['transient-11', [{ id: 'out-0-of-transient-11', sequence: 4 }]],
  ['filter-1', []],
  ['poison-1', []],
  ['permanent-1', []],
  [
    'fan-out-7',
    [
      { id: 'out-0-of-fan-out-7', sequence: 12 },
      { id: 'out-1-of-fan-out-7', sequence: 13 },
      { id: 'out-2-of-fan-out-7', sequence: 14 },
    ],
  ],
])('f of %s', (id, outputs) => {
  expect(outputsOf({ id, sequence: 4 })).toEqual(outputs)
})
