import { expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import { coordinatorBench } from '../transactions/test-support/coordinator-bench.js'
import { createAddOffsetsToTxnHandler } from './add-offsets-to-txn.js'

const { NONE, INVALID_PRODUCER_EPOCH, PRODUCER_FENCED, INVALID_PRODUCER_ID_MAPPING } = errorCode

/** The producer has epoch 1 of id 0. */
function setup() {
  const bench = coordinatorBench()
  bench.init()
  bench.init()
  const handle = createAddOffsetsToTxnHandler({ transactions: bench.coordinator })
  const ask = (apiVersion: number, producerEpoch: number, transactionalId = 'tx') =>
    handle(
      { transactionalId, producerId: 0n, producerEpoch, groupId: 'billing' },
      { apiVersion, clientId: 'test', clientHost: '/127.0.0.1' },
    )
  return { ...bench, ask }
}

it('begins a transaction with the group', () => {
  const { ask, coordinator } = setup()
  expect(ask(1, 1)).toEqual({ errorCode: NONE })
  expect(coordinator.describe('tx')).toMatchObject({ status: 'Ongoing', groups: ['billing'] })
})

it.each([
  ['version 1 calls the epoch of a fenced producer invalid', 1, 0, 'tx', INVALID_PRODUCER_EPOCH],
  ['version 2 calls a fenced producer fenced', 2, 0, 'tx', PRODUCER_FENCED],
  ['an unknown transactional id does not match', 2, 1, 'other', INVALID_PRODUCER_ID_MAPPING],
])('%s', (_behaviour, apiVersion, producerEpoch, transactionalId, code) => {
  const { ask } = setup()
  expect(ask(apiVersion, producerEpoch, transactionalId)).toEqual({ errorCode: code })
})
