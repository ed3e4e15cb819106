import { expect, it } from 'vitest'
import { fail } from '../millrace-error.js'
import { judgeSend } from './judge-send.js'

const at = { topic: 'invoices', partition: 0 }

it.each([
  ['record', fail('MILLRACE_PRODUCE_TOO_LARGE', { ...at, bytes: 9 })],
  ['record', fail('MILLRACE_PRODUCE_RECORD_INVALID', { ...at, reason: 'no key' })],
  ['topic', fail('MILLRACE_PRODUCE_REFUSED', { ...at, reason: 'no such topic' })],
  ['topic', fail('MILLRACE_PRODUCE_TIMED_OUT', { ...at, deliveryTimeoutMs: 9 })],
  ['topic', fail('MILLRACE_PRODUCE_UNKNOWN', { ...at, deliveryTimeoutMs: 9 })],
  ['topic', fail('MILLRACE_DRIVER_UNAUTHORIZED', { what: 'the topic', reason: 'no' })],
  ['topic', fail('MILLRACE_DRIVER_UNREACHABLE', { brokers: 'nowhere', tries: 1 })],
  ['transaction', fail('MILLRACE_PRODUCE_CLOSED', {})],
  ['transaction', fail('MILLRACE_TRANSACTION_ABORTED', { transactionalId: 'g-1', reason: 'another record' })],
  ['transaction', new Error('MILLRACE_PRODUCE_TOO_LARGE')],
  ['transaction', undefined],
])('a refusal is the fault of its %s: %s', (fault, error) => {
  expect(judgeSend(error)).toBe(fault)
})
