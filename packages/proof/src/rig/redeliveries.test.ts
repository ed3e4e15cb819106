import type { RunLine } from '@millrace/testing'
import { expect, test } from 'vitest'
import { redeliveriesIn } from './redeliveries.js'

const place = { id: 'ok-1', key: 'k', sequence: 0, topic: 'orders', partition: 0, offset: 7n }
const line = (worker: string, generation: number, attempt: number, edge: RunLine['edge'], timeMs: number): RunLine => ({
  ...place,
  ...{ worker, generation, attempt, edge, timeMs },
})
const isLeftOpen = ({ worker }: { readonly worker: string }): boolean => worker === 'l' || worker === 'x'
const doneByB = [line('b', 2, 1, 'start', 10), line('b', 2, 1, 'done', 11)]

test.each<[string, RunLine[], { without: number; waiting: number }]>([
  ['no second delivery', [], { without: 0, waiting: 0 }],
  ['done before', [line('a', 1, 1, 'start', 1), line('a', 1, 1, 'done', 2)], { without: 1, waiting: 0 }],
  ['cut short before', [line('a', 1, 1, 'start', 1)], { without: 1, waiting: 0 }],
  ['cut short by a kill', [line('x', 1, 1, 'start', 1)], { without: 0, waiting: 0 }],
  ['failed with attempts left', [line('a', 1, 1, 'start', 1), line('a', 1, 1, 'threw', 2)], { without: 0, waiting: 1 }],
  [
    'failed for good',
    [1, 2, 3].flatMap((n) => [line('a', 1, n, 'start', n), line('a', 1, n, 'threw', n)]),
    { without: 1, waiting: 0 },
  ],
  [
    'done by a worker that lost the partition',
    [line('l', 1, 1, 'start', 1), line('l', 1, 1, 'done', 2)],
    { without: 0, waiting: 0 },
  ],
])('a record that was %s is judged by that', (_before, lines, { without, waiting }) => {
  const found = redeliveriesIn({ lines: [...lines, ...doneByB] }, { isLeftOpen })
  expect([found.withoutCause.length, found.fromRetryWait]).toEqual([without, waiting])
})

test('a record that a zombie runs after its new owner is explained by what the zombie had lost', () => {
  const zombie = [line('l', 1, 1, 'start', 20), line('l', 1, 1, 'done', 21)]
  expect(redeliveriesIn({ lines: [...doneByB, ...zombie] }, { isLeftOpen }).withoutCause).toEqual([])
  expect(redeliveriesIn({ lines: [...doneByB, ...zombie] }).withoutCause).toHaveLength(1)
})

test('a record that a later lease does again is not explained by the end of that later lease', () => {
  const after = [line('l', 3, 1, 'start', 20), line('l', 3, 1, 'done', 21)]
  expect(redeliveriesIn({ lines: [...doneByB, ...after] }, { isLeftOpen }).withoutCause).toHaveLength(1)
})
