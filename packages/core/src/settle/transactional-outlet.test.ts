import { expect, it } from 'vitest'
import { fail } from '../millrace-error.js'
import { recordedEvents } from '../test-support/plans.js'
import { createTransactionalOutlet } from './transactional-outlet.js'

const facts = { transactionalId: 'g-1', reason: 'a test' }

function setup() {
  const { events, seen } = recordedEvents()
  const sender = { begin: () => expect.fail('not needed'), close: async () => undefined }
  return { seen, outlet: createTransactionalOutlet({ group: 'g', sender, events }) }
}

it.each([
  ['aborted', fail('MILLRACE_TRANSACTION_ABORTED', facts)],
  ['fenced', fail('MILLRACE_TRANSACTION_FENCED', facts)],
  ['unknown', fail('MILLRACE_TRANSACTION_UNKNOWN', facts)],
  ['aborted', fail('MILLRACE_PRODUCE_CLOSED', {})],
  ['aborted', new Error('anything else')],
])('takes a transaction for %s', (expected, error) => {
  expect(setup().outlet.judge(error)).toBe(expected)
})

it('says how transactions ended, and counts them', () => {
  const { outlet, seen } = setup()
  outlet.stored({ partitions: 1, records: 2, outputs: 3, durationMs: 4 })
  outlet.failed(new Error('no'), 5)
  outlet.lost(new Error('gone'))
  expect(seen).toMatchObject([
    { name: 'transaction.committed', group: 'g', partitions: 1, records: 2, outputs: 3, durationMs: 4 },
    { name: 'transaction.aborted', group: 'g', records: 5 },
    { name: 'transaction.fenced', group: 'g' },
  ])
  expect(outlet.counts).toEqual({ stored: 1, failed: 1, lost: 1 })
})
