import { expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import { coordinatorBench, orders } from '../transactions/test-support/coordinator-bench.js'
import { createAddPartitionsToTxnHandler } from './add-partitions-to-txn.js'

const {
  NONE,
  UNKNOWN_TOPIC_OR_PARTITION,
  OPERATION_NOT_ATTEMPTED,
  INVALID_PRODUCER_EPOCH,
  PRODUCER_FENCED,
  INVALID_PRODUCER_ID_MAPPING,
  INVALID_REQUEST,
} = errorCode

interface Ask {
  apiVersion?: number
  transactionalId?: string
  producerId?: bigint
  producerEpoch?: number
  topics?: Record<string, number[]>
}

/** The producer has epoch 1 of id 0. */
function setup() {
  const bench = coordinatorBench()
  bench.init()
  bench.init()
  const handle = createAddPartitionsToTxnHandler({
    transactions: bench.coordinator,
    hasPartition: (topic, partition) => bench.logs.has(`${topic}/${partition}`),
  })
  const ask = ({
    apiVersion = 1,
    transactionalId = 'tx',
    producerId = 0n,
    producerEpoch = 1,
    topics = { orders: [0, 1] },
  }: Ask) =>
    handle(
      {
        v3AndBelowTransactionalId: transactionalId,
        v3AndBelowProducerId: producerId,
        v3AndBelowProducerEpoch: producerEpoch,
        v3AndBelowTopics: Object.entries(topics).map(([name, partitions]) => ({ name, partitions })),
      },
      { apiVersion, clientId: 'test', clientHost: '/127.0.0.1' },
    )
  return { ...bench, ask }
}

const answers = (codes: Record<string, [number, number][]>) => ({
  resultsByTopicV3AndBelow: Object.entries(codes).map(([name, partitions]) => ({
    name,
    resultsByPartition: partitions.map(([partitionIndex, partitionErrorCode]) => ({
      partitionIndex,
      partitionErrorCode,
    })),
  })),
})

it('adds all partitions, each once, and answers as they were asked for', () => {
  const { ask, coordinator } = setup()
  expect(ask({ topics: { orders: [2, 0, 2] } })).toEqual(
    answers({
      orders: [
        [2, NONE],
        [0, NONE],
        [2, NONE],
      ],
    }),
  )
  expect(coordinator.describe('tx')).toMatchObject({ status: 'Ongoing', partitions: orders(2, 0) })
})

it('adds none where one does not exist', () => {
  const { ask, coordinator } = setup()
  expect(ask({ topics: { orders: [0, 9, 0], gone: [0] } })).toEqual(
    answers({
      orders: [
        [9, UNKNOWN_TOPIC_OR_PARTITION],
        [0, OPERATION_NOT_ATTEMPTED],
      ],
      gone: [[0, UNKNOWN_TOPIC_OR_PARTITION]],
    }),
  )
  expect(coordinator.describe('tx')).toMatchObject({ status: 'Empty' })
})

it.each<[behaviour: string, request: Ask, code: number]>([
  ['version 1 calls the epoch of a fenced producer invalid', { producerEpoch: 0 }, INVALID_PRODUCER_EPOCH],
  ['version 2 calls a fenced producer fenced', { producerEpoch: 0, apiVersion: 2 }, PRODUCER_FENCED],
  ['a too new epoch is fenced too', { producerEpoch: 2, apiVersion: 2 }, PRODUCER_FENCED],
  ['an unknown producer id does not match', { producerId: 8n }, INVALID_PRODUCER_ID_MAPPING],
  ['an unknown transactional id does not match', { transactionalId: 'other' }, INVALID_PRODUCER_ID_MAPPING],
  ['an empty transactional id is no request', { transactionalId: '' }, INVALID_REQUEST],
])('%s', (_behaviour, request, code) => {
  const { ask } = setup()
  expect(ask(request)).toEqual(
    answers({
      orders: [
        [0, code],
        [1, code],
      ],
    }),
  )
})

it('tells of partitions that do not exist before it looks at who asks', () => {
  const { ask } = setup()
  expect(ask({ producerEpoch: 0, topics: { gone: [0] } })).toEqual(answers({ gone: [[0, UNKNOWN_TOPIC_OR_PARTITION]] }))
})
