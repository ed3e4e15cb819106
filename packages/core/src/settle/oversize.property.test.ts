import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fail } from '../millrace-error.js'
import type { OutgoingRecord, Sender } from '../produce/sender.js'
import type { RawHeader } from '../receive/record.js'
import { createHandClock } from '../test-support/hand-clock.js'
import { receivedRecord } from '../test-support/records.js'
import { createDeadLetter } from './dead-letter.js'
import { writeDeadLetter } from './dead-letter-writer.js'
import type { OversizePolicy } from './letter-forms.js'
import { bytesOf, type DeadLetter, shrunkForms, withoutValue } from './shrink-dead-letter.js'

const bytes = fc.uint8Array({ maxLength: 300 }).map((content) => Buffer.from(content))
const nullable = fc.option(bytes)
const ourNames = ['error', 'error-stack', 'source-topic', 'handler', 'omitted-value-bytes', '__proto__']
const headers: fc.Arbitrary<RawHeader[]> = fc.array(
  fc.tuple(fc.oneof(bytes, fc.constantFrom(...ourNames.map((name) => Buffer.from(name)))), nullable),
  { maxLength: 6 },
)
const records = fc.record({ key: nullable, value: nullable, headers })
const messages = fc.oneof(fc.string({ maxLength: 2_000, unit: 'grapheme' }), fc.constant('é'.repeat(1_000)))
const policies = fc.constantFrom<OversizePolicy>('halt', 'without-value', 'skip')

/** A topic that takes so many bytes and no more. */
function topicOf(limit: number) {
  const tried: OutgoingRecord[] = []
  const sender: Sender = {
    async send(record) {
      tried.push(record)
      const facts = { topic: record.topic, partition: 3, bytes: bytesOf(record as DeadLetter), limit }
      if (facts.bytes > limit) throw fail('MILLRACE_PRODUCE_TOO_LARGE', facts)
      return { topic: record.topic, partition: 3, offset: 0n, timestamp: 0 }
    },
    flush: async () => undefined,
    close: async () => undefined,
  }
  return { sender, tried }
}

const never = new AbortController().signal
const required = ['source-topic', 'source-partition', 'source-offset', 'error']

it('whatever the record and the limit: nothing of it is changed, or the written policy applies, after a few sends', async () => {
  const property = fc.asyncProperty(
    ...([records, fc.integer({ min: 0, max: 5_000 }), messages, policies, fc.boolean()] as const),
    async (given, limit, message, onOversize, withStack) => {
      const record = receivedRecord(5, given)
      const failedAt = 1_700_000_000_000
      const letter = createDeadLetter(
        record,
        { stage: 'handle', error: new Error(message), isFinal: false },
        { topic: 'dlq', handler: 'Billing.placed', failedAt, withStack, isOurTopic: false },
      )
      const { sender, tried } = topicOf(limit)
      const end = await writeDeadLetter(sender, createHandClock(), {
        ...{ letter, onOversize, draining: never, ended: never },
        onFailed: () => expect.fail('size is not a failure to try again'),
        onRecovered: () => expect.fail('nothing had failed'),
      })

      expect(tried.length).toBeLessThanOrEqual(5)
      expect(tried.map((each) => bytesOf(each as DeadLetter))).toEqual(
        tried.map((each) => bytesOf(each as DeadLetter)).toSorted((a, b) => b - a),
      )
      const last = tried.at(-1)
      const isWithoutValue = end.kind === 'acknowledged-smaller' && end.as === 'without-value'
      if (end.kind === 'too-large') {
        const smallest = [letter, ...shrunkForms(letter)].at(-1) ?? letter
        const least = onOversize === 'without-value' ? (withoutValue(smallest) ?? smallest) : smallest
        expect(bytesOf(least)).toBeGreaterThan(limit) // the policy is never applied early
        return
      }
      expect(end.kind).toMatch(/^acknowledged/)
      expect(isWithoutValue && onOversize !== 'without-value').toBe(false)
      expect(last?.key).toBe(given.key)
      expect(last?.value).toBe(isWithoutValue ? null : given.value)
      expect(last?.headers?.slice(0, given.headers.length)).toEqual(given.headers)
      const own = last?.headers?.slice(given.headers.length).map(([name]) => name.toString())
      expect(own).toEqual(expect.arrayContaining(required))
    },
  )
  await fc.assert(property, { numRuns: 400 })
})
