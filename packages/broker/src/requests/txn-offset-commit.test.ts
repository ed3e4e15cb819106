import { expect, it } from 'vitest'
import { createGroupCoordinator } from '../groups/group-coordinator.js'
import { errorCode } from '../protocol/error-codes.js'
import { createVirtualClock } from '../clock/virtual-clock.js'
import { createProducerIds } from '../transactions/producer-ids.js'
import { createTransactionCoordinator } from '../transactions/transaction-coordinator.js'
import { createTxnOffsetCommitHandler } from './txn-offset-commit.js'

const {
  NONE,
  UNKNOWN_TOPIC_OR_PARTITION,
  INVALID_GROUP_ID,
  INVALID_PRODUCER_EPOCH,
  INVALID_TXN_STATE,
  INVALID_PRODUCER_ID_MAPPING,
  CONCURRENT_TRANSACTIONS,
  ILLEGAL_GENERATION,
  UNSTABLE_OFFSET_COMMIT,
} = errorCode

interface Ask {
  transactionalId?: string
  groupId?: string
  producerId?: bigint
  producerEpoch?: number
  generationId?: number
  memberId?: string
  offset?: bigint
  partitions?: number[]
}

/** The producer has epoch 1 of id 0; the group is in its transaction. `orders` has partitions 0 and 1. */
function setup() {
  const clock = createVirtualClock()
  const hasPartition = (topic: string, partition: number) => topic === 'orders' && partition < 2
  const groups = createGroupCoordinator({ clock, hasPartition, newId: () => 'id', emit: () => undefined })
  const transactions = createTransactionCoordinator({
    clock,
    groups,
    logOf: () => undefined,
    newProducerId: createProducerIds(),
    emit: () => undefined,
  })
  const init = () => transactions.initializeProducer({ transactionalId: 'tx', timeoutMs: 60_000 })
  init()
  const producer = init()
  transactions.addGroup('tx', producer, 'billing')

  const handle = createTxnOffsetCommitHandler({ transactions, groups, hasPartition })
  const ask = ({ partitions = [0], offset = 5n, ...named }: Ask = {}) =>
    handle(
      {
        transactionalId: 'tx',
        groupId: 'billing',
        producerId: 0n,
        producerEpoch: 1,
        generationId: -1,
        memberId: '',
        groupInstanceId: null,
        topics: [
          {
            name: 'orders',
            partitions: partitions.map((partitionIndex) => ({
              partitionIndex,
              committedOffset: offset,
              committedLeaderEpoch: -1,
              committedMetadata: null,
            })),
          },
        ],
        ...named,
      },
      { apiVersion: 3, clientId: 'test', clientHost: '/127.0.0.1' },
    )
  const fetch = (requireStable = false) =>
    groups.fetchOffsets('billing', [{ name: 'orders', partitionIndexes: [0] }], requireStable)[0]?.partitions[0]
  return { ask, clock, fetch, init, producer, transactions }
}

const answers = (...codes: [number, number][]) => ({
  topics: [
    { name: 'orders', partitions: codes.map(([partitionIndex, code]) => ({ partitionIndex, errorCode: code })) },
  ],
})

it.each<[behaviour: string, request: Ask, code: number]>([
  ['without AddOffsets for that group says 48', { groupId: 'invoicing' }, INVALID_TXN_STATE],
  ['of an old epoch says 47, also in version 3', { producerEpoch: 0 }, INVALID_PRODUCER_EPOCH],
  ['of a too new epoch says 47', { producerEpoch: 2 }, INVALID_PRODUCER_EPOCH],
  ['of another producer id does not match', { producerId: 8n }, INVALID_PRODUCER_ID_MAPPING],
  ['of an unknown transactional id does not match', { transactionalId: 'other' }, INVALID_PRODUCER_ID_MAPPING],
  ['of an empty group id is refused', { groupId: '' }, INVALID_GROUP_ID],
  [
    'of a generation that the group never had is refused by the group',
    { generationId: 4, memberId: 'm' },
    ILLEGAL_GENERATION,
  ],
  ['of nobody in particular is accepted', {}, NONE],
])('%s', (_behaviour, request, code) => {
  const { ask } = setup()
  expect(ask(request)).toEqual(answers([0, code]))
})

it('answers partitions that do not exist with 3, whatever the others get', () => {
  const { ask } = setup()
  expect(ask({ partitions: [7, 0] })).toEqual(answers([7, UNKNOWN_TOPIC_OR_PARTITION], [0, NONE]))
  expect(ask({ partitions: [7, 0], producerEpoch: 0 })).toEqual(
    answers([7, UNKNOWN_TOPIC_OR_PARTITION], [0, INVALID_PRODUCER_EPOCH]),
  )
})

it('keeps offsets pending while the markers are held, and makes them the group’s with the commit', async () => {
  const { ask, clock, fetch, producer, transactions } = setup()
  const release = transactions.holdMarkers('tx')
  ask({ offset: 5n })
  transactions.end('tx', producer, true)
  await clock.settle()
  expect(fetch()).toMatchObject({ committedOffset: -1n, errorCode: NONE })
  expect(fetch(true)).toMatchObject({ committedOffset: -1n, errorCode: UNSTABLE_OFFSET_COMMIT })
  expect(ask({ offset: 6n })).toEqual(answers([0, NONE]))

  release()
  await clock.settle()
  expect(fetch(true)).toMatchObject({ committedOffset: 6n, errorCode: NONE })
})

it('says 51 between EndTxn and the markers where nothing waits yet', () => {
  const { ask, producer, transactions } = setup()
  transactions.end('tx', producer, true)
  expect(ask()).toEqual(answers([0, CONCURRENT_TRANSACTIONS]))
})

it('keeps the old value where the transaction is aborted', async () => {
  const { ask, clock, fetch, producer, transactions } = setup()
  ask({ offset: 5n })
  transactions.end('tx', producer, true)
  await clock.settle()
  transactions.addGroup('tx', producer, 'billing')
  ask({ offset: 9n })
  expect(fetch()).toMatchObject({ committedOffset: 5n, errorCode: NONE })
  transactions.end('tx', producer, false)
  await clock.settle()
  expect(fetch(true)).toMatchObject({ committedOffset: 5n, errorCode: NONE })
})

it('drops the offsets of a producer that somebody else has fenced', async () => {
  const { ask, clock, fetch, init } = setup()
  ask({ offset: 5n })
  init()
  await clock.settle()
  expect(fetch(true)).toMatchObject({ committedOffset: -1n, errorCode: NONE })
})
