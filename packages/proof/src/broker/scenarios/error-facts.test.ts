import { fail } from '@millrace/core'
import { TestKitError } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import { errorFacts, kafkaCodeOf } from './error-facts.js'
import { KafkaJSAggregateError, KafkaJSProtocolError } from './bare-kafkajs.js'

const refusal = (type: string, code: number, retriable: boolean) =>
  new KafkaJSProtocolError(Object.assign(new Error(type), { type, code, retriable }))

describe('errorFacts', () => {
  it('tells the code of a protocol error, and whether it is worth a second try', () => {
    const facts = errorFacts(refusal('INVALID_PARTITIONS', 37, false))
    expect(facts).toEqual({ error: 'KafkaJSProtocolError', type: 'INVALID_PARTITIONS', code: 37, retriable: false })
    expect(kafkaCodeOf(facts)).toBe('INVALID_PARTITIONS')
  })

  it('looks into the errors of an aggregate', () => {
    const facts = errorFacts(new KafkaJSAggregateError('several', [refusal('INVALID_CONFIG', 40, false)]))
    expect(kafkaCodeOf(facts)).toBe('INVALID_CONFIG')
  })

  it('takes the code of millrace as it is, with what is behind it', () => {
    const cause = refusal('REBALANCE_IN_PROGRESS', 27, true)
    const facts = errorFacts(fail('MILLRACE_DRIVER_LEASE_ENDED', { topic: 't', partition: 0 }, { cause }))
    expect(kafkaCodeOf(facts)).toBe('MILLRACE_DRIVER_LEASE_ENDED')
    expect(facts.cause?.type).toBe('REBALANCE_IN_PROGRESS')
  })

  it('names the exception of a Java client', () => {
    const options = { kafkaError: 'TopicExistsException' }
    const facts = errorFacts(new TestKitError('MILLRACE_TEST_PROBE_FAILED', 'it is there', options))
    expect(kafkaCodeOf(facts)).toBe('TopicExistsException')
  })
})
