import { expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import { coordinatorBench } from '../transactions/test-support/coordinator-bench.js'
import { createInitProducerIdHandler } from './init-producer-id.js'

const { NONE, INVALID_REQUEST, INVALID_PRODUCER_EPOCH, PRODUCER_FENCED } = errorCode

function setup() {
  const bench = coordinatorBench()
  const handle = createInitProducerIdHandler({ transactions: bench.coordinator })
  const ask = (apiVersion: number, producerId = -1n, producerEpoch = -1, transactionalId: string | null = 'tx') =>
    handle(
      { transactionalId, transactionTimeoutMs: 60_000, producerId, producerEpoch },
      { apiVersion, clientId: 'test', clientHost: '/127.0.0.1' },
    )
  return { ...bench, ask }
}

it('gives a new id epoch 0, and epoch 1 to the next who asks', () => {
  const { ask } = setup()
  expect(ask(1)).toEqual({ errorCode: NONE, producerId: 0n, producerEpoch: 0 })
  expect(ask(1)).toEqual({ errorCode: NONE, producerId: 0n, producerEpoch: 1 })
})

it('raises the epoch of a producer that names itself, once', () => {
  const { ask } = setup()
  ask(4)
  const raised = { errorCode: NONE, producerId: 0n, producerEpoch: 1 }
  expect(ask(4, 0n, 0)).toEqual(raised)
  expect(ask(4, 0n, 0)).toEqual(raised)
})

it('gives an idempotent producer a new id, whatever it names', () => {
  const { ask } = setup()
  expect(ask(4, 5n, 3, null)).toEqual({ errorCode: NONE, producerId: 0n, producerEpoch: 0 })
})

it.each([
  ['version 4 calls a stranger fenced', 4, PRODUCER_FENCED],
  ['version 3 calls its epoch invalid', 3, INVALID_PRODUCER_EPOCH],
])('%s', (_behaviour, apiVersion, code) => {
  const { ask } = setup()
  ask(apiVersion)
  expect(ask(apiVersion, 99n, 0)).toEqual({ errorCode: code, producerId: -1n, producerEpoch: -1 })
})

it.each([
  ['an id without an epoch', 3n, -1],
  ['an epoch without an id', -1n, 3],
])('%s is no request', (_what, producerId, producerEpoch) => {
  const { ask, coordinator } = setup()
  expect(ask(4, producerId, producerEpoch)).toEqual({ errorCode: INVALID_REQUEST, producerId: -1n, producerEpoch: -1 })
  expect(coordinator.list()).toEqual([])
})
