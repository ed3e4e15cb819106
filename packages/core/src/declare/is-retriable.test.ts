import { expect, it } from 'vitest'
import { fail } from '../millrace-error.js'
import { createIsRetriable } from './is-retriable.js'
import { DeadLetter, RetryAfter } from './verdict.js'

const at = { topic: 'orders.v1', part: 'value' } as const
const hostile = Object.defineProperty(new Error('hostile'), 'retriable', {
  get: () => {
    throw new Error('no')
  },
})

it.each([
  ['a plain error', new Error('away'), true],
  ['a TypeError, which fetch throws for network faults', new TypeError('fetch failed'), true],
  ['undefined', undefined, true],
  ['a string', 'no', true],
  ['RetryAfter', new RetryAfter('1s'), true],
  ['an error that says it is retriable', Object.assign(new Error('busy'), { retriable: true }), true],
  ['an error that is marked fatal', Object.assign(new Error('bad card'), { retriable: false }), false],
  ['an error whose mark is only inherited', Object.create({ retriable: false }), true],
  ['an error whose mark throws', hostile, true],
  ['DeadLetter', new DeadLetter('unknown customer'), false],
  ['a decode error', fail('MILLRACE_DECODE_FAILED', { ...at, serde: 'json' }), false],
  ['an undeclared tombstone', fail('MILLRACE_DECODE_TOMBSTONE', { topic: at.topic }), false],
  ['a validation error', fail('MILLRACE_VALIDATE_FAILED', { topic: at.topic, issues: 'id: missing' }), false],
  ['a time limit', fail('MILLRACE_HANDLER_TIMED_OUT', { handler: 'A.b', limitMs: 1 }), true],
])('%s', (_what, error, expected) => {
  expect(createIsRetriable()(error)).toBe(expected)
})

it('asks retryIf about the rest, and only about the rest', () => {
  const asked: unknown[] = []
  const isRetriable = createIsRetriable((error) => asked.push(error) > 1)
  expect(isRetriable(new DeadLetter('no'))).toBe(false)
  expect(isRetriable('first')).toBe(false)
  expect(isRetriable('second')).toBe(true)
  expect(asked).toEqual(['first', 'second'])
})

it('tries again when retryIf throws: attempts are bounded, records are not replaceable', () => {
  const isRetriable = createIsRetriable(() => {
    throw new Error('bug')
  })
  expect(isRetriable(new Error('away'))).toBe(true)
})
