import { fail } from '@millrace/core'
import kafkajs from 'kafkajs'
import { expect, it } from 'vitest'
import { plainError } from './plain-error.js'

it('lets no class of kafkajs through, causes included, and keeps the words', () => {
  const inner = new kafkajs.KafkaJSConnectionError('refused', { broker: 'b:1' })
  const plain = plainError(new kafkajs.KafkaJSNumberOfRetriesExceeded(inner, { retryCount: 1, retryTime: 1 }))
  expect(plain).not.toBeInstanceOf(kafkajs.KafkaJSError)
  expect(plain.cause).not.toBeInstanceOf(kafkajs.KafkaJSError)
  expect([plain.name, String(plain.cause)]).toEqual([
    'KafkaJSNumberOfRetriesExceeded',
    'KafkaJSConnectionError: refused',
  ])
})

it('leaves our own errors as they are', () => {
  const ours = fail('MILLRACE_DRIVER_COMMIT_FAILED', { group: 'g', reason: 'r' })
  expect(plainError(ours)).toBe(ours)
})

it('makes an error of anything', () => {
  expect(plainError('text').message).toContain('text')
})
