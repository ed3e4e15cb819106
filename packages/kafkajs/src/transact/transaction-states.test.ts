import { expect, it } from 'vitest'
import { hasEnded, nextTransactionState, type TransactionState, type TransactionStep } from './transaction-states.js'

const states = ['open', 'preparing', 'committing', 'aborting', 'committed', 'aborted', 'fenced', 'unknown'] as const
const steps = ['commit', 'ask', 'abort', 'committed', 'aborted', 'fenced', 'unknown'] as const

const ways: readonly (readonly [TransactionState, TransactionStep, TransactionState])[] = [
  ['open', 'commit', 'preparing'],
  ['open', 'abort', 'aborting'],
  ['preparing', 'ask', 'committing'],
  ['preparing', 'committed', 'committed'],
  ['preparing', 'abort', 'aborting'],
  ['committing', 'committed', 'committed'],
  ['committing', 'aborted', 'aborted'],
  ['committing', 'fenced', 'fenced'],
  ['committing', 'unknown', 'unknown'],
  ['aborting', 'aborted', 'aborted'],
  ['aborting', 'fenced', 'fenced'],
]

it.each(ways)('%s, %s: %s', (from, step, to) => {
  expect(nextTransactionState(from, step)).toBe(to)
})

it('knows no other way: above all, what is being committed can not be aborted any more', () => {
  const known = new Set(ways.map(([from, step]) => `${from} ${step}`))
  for (const state of states) {
    for (const step of steps) {
      if (!known.has(`${state} ${step}`))
        expect([state, step, nextTransactionState(state, step)]).toEqual([state, step, undefined])
    }
  }
})

it.each(states)('%s has ended or has not', (state) => {
  expect(hasEnded(state)).toBe(['committed', 'aborted', 'fenced', 'unknown'].includes(state))
})
