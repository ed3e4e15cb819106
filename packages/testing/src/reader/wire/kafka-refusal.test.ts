import { errorCode, type ErrorName } from '@millrace/broker/protocol'
import { expect, test } from 'vitest'
import { isRetriable, refuse } from './kafka-refusal.js'

const refusalOf = (code: number): unknown => {
  try {
    refuse(code, 'asking')
    return undefined
  } catch (error) {
    return error
  }
}

test.each<[ErrorName, string, boolean]>([
  ['TOPIC_ALREADY_EXISTS', 'TopicExistsException', false],
  ['UNKNOWN_TOPIC_OR_PARTITION', 'UnknownTopicOrPartitionException', false],
  ['MESSAGE_TOO_LARGE', 'RecordTooLargeException', false],
  ['INVALID_REPLICA_ASSIGNMENT', 'InvalidReplicaAssignmentException', false],
  ['GROUP_ID_NOT_FOUND', 'GroupIdNotFoundException', false],
  ['NON_EMPTY_GROUP', 'GroupNotEmptyException', false],
  ['PRODUCER_FENCED', 'ProducerFencedException', false],
  ['INVALID_PRODUCER_EPOCH', 'InvalidProducerEpochException', false],
  ['CONCURRENT_TRANSACTIONS', 'ConcurrentTransactionsException', true],
  ['NOT_LEADER_OR_FOLLOWER', 'NotLeaderOrFollowerException', true],
  ['COORDINATOR_NOT_AVAILABLE', 'CoordinatorNotAvailableException', true],
])("%s has Java's name: %s", (name, kafkaError, passes) => {
  const refusal = refusalOf(errorCode[name])
  expect(refusal).toMatchObject({ kafkaError })
  expect(isRetriable(refusal)).toBe(passes)
})

test('0 is no refusal', () => {
  expect(refusalOf(0)).toBeUndefined()
})
