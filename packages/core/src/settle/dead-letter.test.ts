import { describe, expect, it } from 'vitest'
import { fail } from '../millrace-error.js'
import type { Failure } from '../process/outcome.js'
import { header, receivedRecord } from '../test-support/records.js'
import { createDeadLetter, type DeadLetterFacts } from './dead-letter.js'

const failure = (error: Error): Failure => ({ stage: 'handle', error, isFinal: false })
const facts: DeadLetterFacts = {
  topic: 'orders.dlq',
  handler: 'Billing.placed',
  failedAt: 1_700_000_005_000,
  withStack: false,
  isOurTopic: false,
}
const textOf = (letter: ReturnType<typeof createDeadLetter>, name: string): string | undefined =>
  letter.headers.findLast(([key]) => key.toString() === name)?.[1]?.toString()

describe('a dead letter', () => {
  it('keeps key, value, timestamp and partition as they were', () => {
    const record = receivedRecord(5, { key: null, value: Buffer.from([0xff, 0xfe]) })
    const letter = createDeadLetter(record, failure(new Error('down')), facts)
    expect(letter).toMatchObject({ topic: 'orders.dlq', partition: 3, key: null, value: Buffer.from([0xff, 0xfe]) })
    expect(letter.timestamp).toBe(1_700_000_000_000)
  })

  it('keeps all original headers first, in order, with duplicates, nulls and forged names of ours', () => {
    const headers = [
      header('b', '1'),
      header('a', null),
      header('b', '2'),
      header('source-topic', 'forged'),
      header('__proto__', 'x'),
    ]
    const letter = createDeadLetter(receivedRecord(5, { headers }), failure(new Error('down')), facts)
    expect(letter.headers.slice(0, headers.length)).toEqual(headers)
    expect(textOf(letter, 'source-topic')).toBe('orders')
  })

  it('says where it came from and what happened, as text with numbers in decimal', () => {
    const record = receivedRecord(5)
    record.attempt = 4
    record.firstFailedAt = 1_700_000_001_000
    const letter = createDeadLetter(record, failure(fail('MILLRACE_DECODE_TOMBSTONE', { topic: 'orders' })), facts)
    const texts = Object.fromEntries(
      (letter.headers ?? []).map(([name, value]) => [name.toString(), value?.toString()]),
    )
    expect(texts).toEqual({
      'source-topic': 'orders',
      'source-partition': '3',
      'source-offset': '105',
      'source-timestamp': '1700000000000',
      'source-group': 'billing',
      error: expect.stringContaining('tombstone'),
      'error-type': 'MillraceError',
      'error-code': 'MILLRACE_DECODE_TOMBSTONE',
      'error-fingerprint': expect.stringMatching(/^[0-9a-f]{16}$/),
      stage: 'handle',
      attempts: '4',
      'first-failed-at': '1700000001000',
      'failed-at': '1700000005000',
      handler: 'Billing.placed',
    })
  })

  it('writes the stack only when it was asked for, cut at 8 KiB', () => {
    const error = new Error('down')
    error.stack = 'x'.repeat(20_000)
    expect(textOf(createDeadLetter(receivedRecord(), failure(error), facts), 'error-stack')).toBeUndefined()
    const letter = createDeadLetter(receivedRecord(), failure(error), { ...facts, withStack: true })
    expect(textOf(letter, 'error-stack')).toHaveLength(8_192)
  })

  it.each<[string, PropertyDescriptor]>([
    ['a number', { value: 5 }],
    ['null', { value: null }],
    [
      'a getter that throws',
      {
        get: () => {
          throw new Error('no stack for you')
        },
      },
    ],
  ])('is written whatever the stack of the error is: %s', (_what, stack) => {
    const error = Object.defineProperty(new Error('down'), 'stack', stack)
    const letter = createDeadLetter(receivedRecord(), failure(error), { ...facts, withStack: true })
    expect(textOf(letter, 'error')).toBe('down')
  })

  it('keeps the first origin on a topic of ours, and does not pile headers up', () => {
    const first = createDeadLetter(receivedRecord(5), failure(new Error('first')), facts)
    const again = createDeadLetter(receivedRecord(9, { headers: first.headers ?? [] }), failure(new Error('second')), {
      ...facts,
      topic: 'orders.dlq.dlq',
      isOurTopic: true,
    })
    expect(again.headers).toHaveLength(first.headers?.length ?? 0)
    expect([textOf(again, 'source-offset'), textOf(again, 'error')]).toEqual(['105', 'second'])
  })

  it('gives the same fingerprint to the same fault with other numbers', () => {
    const print = (message: string) =>
      textOf(createDeadLetter(receivedRecord(), failure(new Error(message)), facts), 'error-fingerprint')
    expect(print('order 17 of "ann" is unknown')).toBe(print('order 4 of "bob" is unknown'))
    expect(print('order 17 is unknown')).not.toBe(print('order 17 is late'))
  })

  it('lets no message forge a line or grow without bound', () => {
    const letter = createDeadLetter(receivedRecord(), failure(new Error(`a\nb\u0000${'x'.repeat(5_000)}`)), facts)
    expect(textOf(letter, 'error')).toMatch(/^a\\u000ab\\u0000x+$/)
    expect(textOf(letter, 'error')).toHaveLength(1_024)
  })
})
