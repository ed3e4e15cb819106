import { describe, expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import { coordinatorBench, orders } from '../transactions/test-support/coordinator-bench.js'
import { createDescribeTransactionsHandler } from './describe-transactions.js'
import { createListTransactionsHandler } from './list-transactions.js'

const context = { apiVersion: 0, clientId: 'test', clientHost: '/127.0.0.1' }

function setup() {
  const bench = coordinatorBench()
  const describeThem = createDescribeTransactionsHandler({ transactions: bench.coordinator })
  const list = createListTransactionsHandler({ transactions: bench.coordinator })
  return {
    ...bench,
    described: (...transactionalIds: string[]) => describeThem({ transactionalIds }, context),
    listed: (stateFilters: string[] = [], producerIdFilters: bigint[] = []) =>
      list({ stateFilters, producerIdFilters }, context),
  }
}

describe('DescribeTransactions', () => {
  it('tells state, producer, time-out and partitions, and offsets as a partition of the offsets topic', async () => {
    const { coordinator, clock, init, described } = setup()
    const producer = init('tx', 12_345)
    expect(described('tx')).toMatchObject({
      transactionStates: [
        {
          errorCode: 0,
          transactionState: 'Empty',
          transactionTimeoutMs: 12_345,
          transactionStartTimeMs: -1n,
          topics: [],
        },
      ],
    })
    await clock.advance(7)
    coordinator.addPartitions('tx', producer, orders(0, 2))
    coordinator.addGroup('tx', producer, 'billing')
    const topics = [
      { topic: 'orders', partitions: [0, 2] },
      { topic: '__consumer_offsets', partitions: [0] },
    ]
    const { producerId, producerEpoch } = producer
    expect(described('tx')).toMatchObject({
      transactionStates: [
        {
          transactionalId: 'tx',
          transactionState: 'Ongoing',
          transactionStartTimeMs: 7n,
          producerId,
          producerEpoch,
          topics,
        },
      ],
    })
    coordinator.end('tx', producer, true)
    expect(described('tx')).toMatchObject({ transactionStates: [{ transactionState: 'PrepareCommit', topics }] })
    await clock.settle()
    expect(described('tx')).toMatchObject({
      transactionStates: [{ transactionState: 'CompleteCommit', transactionStartTimeMs: 7n, topics: [] }],
    })
  })

  it('answers an id that is unknown with 105 and an empty one with 42, each in its place', () => {
    const { init, described } = setup()
    init('tx')
    const codes = [errorCode.TRANSACTIONAL_ID_NOT_FOUND, errorCode.INVALID_REQUEST, errorCode.NONE]
    expect(described('nobody', '', 'tx')).toMatchObject({
      transactionStates: codes.map((code) => ({ errorCode: code })),
    })
  })
})

describe('ListTransactions', () => {
  it('lists by state and by producer; a state that does not exist is named and fits nothing', () => {
    const { coordinator, init, listed } = setup()
    const idle = init('idle')
    const busy = init('busy')
    coordinator.addPartitions('busy', busy, orders(1))
    const row = (transactionalId: string, { producerId }: typeof idle, transactionState: string) => ({
      transactionalId,
      producerId,
      transactionState,
    })
    const [first, second] = [row('idle', idle, 'Empty'), row('busy', busy, 'Ongoing')]
    const answer = (transactionStates: unknown[], unknownStateFilters: string[] = []) => ({
      errorCode: 0,
      unknownStateFilters,
      transactionStates,
    })
    expect(listed()).toEqual(answer([first, second]))
    expect(listed(['Ongoing', 'PrepareAbort'])).toEqual(answer([second]))
    expect(listed([], [idle.producerId])).toEqual(answer([first]))
    expect(listed(['Ongoing'], [idle.producerId])).toEqual(answer([]))
    expect(listed(['Busy'])).toEqual(answer([], ['Busy']))
  })
})
