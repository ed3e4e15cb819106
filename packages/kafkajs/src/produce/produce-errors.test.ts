import { describe, expect, it } from 'vitest'
import { type BatchVerdict, judgeBatch, produceFaultOf } from './produce-errors.js'

const kinds = (code: number, records = 1, isInDoubt = false): BatchVerdict['kind'] =>
  judgeBatch(code, { records, isInDoubt }).kind

describe('judgeBatch', () => {
  it.each<[string, number, BatchVerdict['kind'], BatchVerdict['kind'], BatchVerdict['kind']]>([
    // code                              one record    several       after a lost answer
    ['NONE', 0, 'stored', 'stored', 'stored'],
    ['UNKNOWN_TOPIC_OR_PARTITION', 3, 'repeat', 'repeat', 'repeat'],
    ['LEADER_NOT_AVAILABLE', 5, 'repeat', 'repeat', 'repeat'],
    ['NOT_LEADER_OR_FOLLOWER', 6, 'repeat', 'repeat', 'repeat'],
    ['REQUEST_TIMED_OUT', 7, 'repeat', 'repeat', 'repeat'],
    ['MESSAGE_TOO_LARGE', 10, 'too-large', 'split', 'unknown'],
    ['NETWORK_EXCEPTION', 13, 'repeat', 'repeat', 'repeat'],
    ['INVALID_TOPIC_EXCEPTION', 17, 'refused', 'refused', 'unknown'],
    ['RECORD_LIST_TOO_LARGE', 18, 'too-large', 'split', 'unknown'],
    ['NOT_ENOUGH_REPLICAS', 19, 'repeat', 'repeat', 'repeat'],
    ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 20, 'repeat', 'repeat', 'repeat'],
    ['TOPIC_AUTHORIZATION_FAILED', 29, 'refused', 'refused', 'unknown'],
    ['CLUSTER_AUTHORIZATION_FAILED', 31, 'refused', 'refused', 'unknown'],
    ['INVALID_TIMESTAMP', 32, 'record-invalid', 'split', 'unknown'],
    ['POLICY_VIOLATION', 44, 'record-invalid', 'split', 'unknown'],
    ['OUT_OF_ORDER_SEQUENCE_NUMBER', 45, 'renumber', 'renumber', 'unknown'],
    ['DUPLICATE_SEQUENCE_NUMBER', 46, 'stored', 'stored', 'stored'],
    ['INVALID_PRODUCER_EPOCH', 47, 'renumber', 'renumber', 'unknown'],
    ['KAFKA_STORAGE_ERROR', 56, 'repeat', 'repeat', 'repeat'],
    ['UNKNOWN_PRODUCER_ID', 59, 'renumber', 'renumber', 'unknown'],
    ['INVALID_RECORD', 87, 'record-invalid', 'split', 'unknown'],
    ['THROTTLING_QUOTA_EXCEEDED', 89, 'repeat', 'repeat', 'repeat'],
    ['a code of a later Kafka', 999, 'repeat', 'repeat', 'repeat'],
  ])('%s (%i)', (_name, code, one, several, inDoubt) => {
    expect([kinds(code), kinds(code, 2), kinds(code, 2, true)]).toEqual([one, several, inDoubt])
  })

  it.each<[number, boolean]>([
    [3, false],
    [6, true],
    [19, false],
    [7, true],
    [13, true],
    [20, true],
    [56, true],
    [999, true],
  ])('after code %i the batch may be stored: %s', (code, expected) => {
    expect(judgeBatch(code, { records: 1, isInDoubt: false })).toMatchObject({ isInDoubt: expected })
  })

  it('keeps an earlier doubt through a definite answer', () => {
    expect(judgeBatch(19, { records: 1, isInDoubt: true })).toMatchObject({ kind: 'repeat', isInDoubt: true })
  })

  it('asks for leaders again when the answer says that this was not one', () => {
    expect([3, 5, 6, 13, 74, 19, 89].map((code) => produceFaultOf(code).isStaleLeader)).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
      false,
    ])
  })
})
