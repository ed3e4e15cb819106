import { expect, it } from 'vitest'
import type { Failure } from '../process/outcome.js'
import { judgeOversize } from './judge-oversize.js'

const failure: Failure = { stage: 'handle', error: new Error('down'), isFinal: false }
const facts = { topic: 'orders', partition: 3, offset: 105n, deadLetterTopic: 'orders.dlq', bytes: 2_000_000 }

it.each([
  ['halt', 'halt'],
  ['without-value', 'halt'], // it does not fit without its value either
  ['skip', 'skip'],
] as const)('with %s a record whose dead letter fits in no form comes to %s', (policy, kind) => {
  const verdict = judgeOversize(failure, facts, policy)
  expect(verdict).toMatchObject({ kind, failure: { stage: 'handle', error: { cause: failure.error } } })
  const { message, todo } = verdict.failure.error as Error & { todo: string }
  for (const part of ['orders[3]', '105', 'orders.dlq', '2000000']) expect(message).toContain(part)
  expect(todo).toContain('max.message.bytes')
})
