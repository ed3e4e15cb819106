import { expect, it } from 'vitest'
import { apis } from '../protocol/apis.js'
import { errorCode } from '../protocol/error-codes.js'
import { coordinatorBench, orders } from '../transactions/test-support/coordinator-bench.js'
import { createEndTxnHandler } from './end-txn.js'

const { NONE, INVALID_PRODUCER_EPOCH, PRODUCER_FENCED, INVALID_TXN_STATE, CONCURRENT_TRANSACTIONS } = errorCode

/** The producer has epoch 1 of id 0. */
function setup() {
  const bench = coordinatorBench()
  bench.init()
  const producer = bench.init()
  const handle = createEndTxnHandler({ transactions: bench.coordinator })
  const ask = (committed: boolean, { apiVersion = 1, producerEpoch = 1 } = {}) =>
    handle(
      { transactionalId: 'tx', producerId: 0n, producerEpoch, committed },
      { apiVersion, clientId: 'test', clientHost: '/127.0.0.1' },
    )
  return { ...bench, ask, producer }
}

it('answers before the markers are written, then says 51 until they are', async () => {
  const { ask, clock, coordinator, logOf, producer } = setup()
  coordinator.addPartitions('tx', producer, orders(0))
  expect(ask(true)).toEqual({ errorCode: NONE })
  expect(logOf(0).markers).toEqual([])
  expect(ask(true)).toEqual({ errorCode: CONCURRENT_TRANSACTIONS })
  expect(ask(false)).toEqual({ errorCode: CONCURRENT_TRANSACTIONS })
  await clock.settle()
  expect(logOf(0).markers).toHaveLength(1)
  expect(ask(true)).toEqual({ errorCode: NONE })
  expect(ask(false)).toEqual({ errorCode: INVALID_TXN_STATE })
})

it('says 48 where nothing was begun', () => {
  expect(setup().ask(true)).toEqual({ errorCode: INVALID_TXN_STATE })
})

it.each([
  ['version 1 calls the epoch of a fenced producer invalid', 1, INVALID_PRODUCER_EPOCH],
  ['version 2 calls a fenced producer fenced', 2, PRODUCER_FENCED],
])('%s', (_behaviour, apiVersion, code) => {
  const { ask, coordinator, producer } = setup()
  coordinator.addPartitions('tx', producer, orders(0))
  expect(ask(true, { apiVersion, producerEpoch: 0 })).toEqual({ errorCode: code })
})

it('is not offered in version 5, which would change the epoch with every transaction', () => {
  expect(apis.EndTxn.advertised).toEqual([0, 2])
})
