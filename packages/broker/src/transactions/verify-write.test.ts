import { describe, expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import { coordinatorBench, orders } from './test-support/coordinator-bench.js'

const {
  NONE,
  NOT_ENOUGH_REPLICAS,
  INVALID_PRODUCER_EPOCH,
  INVALID_TXN_STATE,
  INVALID_PRODUCER_ID_MAPPING,
  CONCURRENT_TRANSACTIONS,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
} = errorCode

/** The producer has epoch 1 of id 0; partition 0 and the group `billing` are in its transaction. */
function openTransaction() {
  const bench = coordinatorBench()
  bench.init()
  const producer = bench.init()
  bench.coordinator.addPartitions('tx', producer, orders(0))
  bench.coordinator.addGroup('tx', producer, 'billing')
  return { ...bench, producer }
}

describe('a transactional batch', () => {
  it.each([
    ['of the open transaction is taken', 'tx', 0n, 1, 0, NONE],
    ['for a partition that was not added is refused', 'tx', 0n, 1, 1, INVALID_TXN_STATE],
    ['in a request without transactional id is refused', null, 0n, 1, 0, TRANSACTIONAL_ID_AUTHORIZATION_FAILED],
    ['of an old epoch is fenced', 'tx', 0n, 0, 0, INVALID_PRODUCER_EPOCH],
    ['of a too new epoch is fenced', 'tx', 0n, 2, 0, INVALID_PRODUCER_EPOCH],
    ['of another producer id does not match', 'tx', 8n, 1, 0, INVALID_PRODUCER_ID_MAPPING],
    ['of an unknown transactional id does not match', 'other', 0n, 1, 0, INVALID_PRODUCER_ID_MAPPING],
  ])('%s', (_behaviour, id, producerId, producerEpoch, partition, code) => {
    const { coordinator } = openTransaction()
    expect(coordinator.verifyWrite(id, producerId, producerEpoch, 'orders', partition)).toBe(code)
  })

  it('before anything was added is refused', () => {
    const { coordinator, init } = coordinatorBench()
    init()
    expect(coordinator.verifyWrite('tx', 0n, 0, 'orders', 0)).toBe(INVALID_TXN_STATE)
  })

  it('that comes after EndTxn is told to come back, and refused once the marker is written', async () => {
    const { clock, coordinator, producer } = openTransaction()
    coordinator.end('tx', producer, true)
    expect(coordinator.verifyWrite('tx', 0n, 1, 'orders', 0)).toBe(NOT_ENOUGH_REPLICAS)
    await clock.settle()
    expect(coordinator.verifyWrite('tx', 0n, 1, 'orders', 0)).toBe(INVALID_TXN_STATE)
  })

  it('that comes after EndTxn joins the records that are still open in its partition', async () => {
    const { clock, coordinator, logOf, producer } = openTransaction()
    logOf(0).open.add(0n)
    coordinator.end('tx', producer, true)
    expect(coordinator.verifyWrite('tx', 0n, 1, 'orders', 0)).toBe(NONE)
    expect(coordinator.verifyWrite('tx', 8n, 1, 'orders', 0)).toBe(INVALID_PRODUCER_ID_MAPPING)
    expect(coordinator.verifyWrite('tx', 0n, 2, 'orders', 0)).toBe(INVALID_PRODUCER_EPOCH)
    await clock.settle()
    expect(coordinator.verifyWrite('tx', 0n, 1, 'orders', 0)).toBe(INVALID_TXN_STATE)
  })

  it('of a producer that is being fenced joins what is aborted, and is fenced once the marker is written', async () => {
    const { clock, coordinator, logOf } = openTransaction()
    logOf(0).open.add(0n)
    coordinator.fence('tx')
    expect(coordinator.verifyWrite('tx', 0n, 1, 'orders', 0)).toBe(NONE)
    expect(coordinator.verifyWrite('tx', 0n, 1, 'orders', 1)).toBe(INVALID_PRODUCER_EPOCH)
    await clock.settle()
    expect(coordinator.verifyWrite('tx', 0n, 1, 'orders', 0)).toBe(INVALID_PRODUCER_EPOCH)
  })
})

describe('offsets', () => {
  it.each([
    ['of the open transaction are taken', 'tx', 0n, 1, 'billing', NONE],
    ['for a group that was not added are refused', 'tx', 0n, 1, 'invoicing', INVALID_TXN_STATE],
    ['of an old epoch are fenced', 'tx', 0n, 0, 'billing', INVALID_PRODUCER_EPOCH],
    ['of a too new epoch are fenced', 'tx', 0n, 2, 'billing', INVALID_PRODUCER_EPOCH],
    ['of another producer id do not match', 'tx', 8n, 1, 'billing', INVALID_PRODUCER_ID_MAPPING],
    ['of an unknown transactional id do not match', 'other', 0n, 1, 'billing', INVALID_PRODUCER_ID_MAPPING],
  ])('%s', (_behaviour, id, producerId, producerEpoch, groupId, code) => {
    const { coordinator } = openTransaction()
    expect(coordinator.verifyOffsets(id, { producerId, producerEpoch }, groupId)).toBe(code)
  })

  it('that come after EndTxn are told to come back', () => {
    const { coordinator, producer } = openTransaction()
    coordinator.end('tx', producer, true)
    expect(coordinator.verifyOffsets('tx', producer, 'billing')).toBe(CONCURRENT_TRANSACTIONS)
  })

  it('that come after EndTxn join those that still wait in the group', () => {
    const { coordinator, pending, producer } = openTransaction()
    pending.add('billing')
    coordinator.end('tx', producer, true)
    expect(coordinator.verifyOffsets('tx', producer, 'billing')).toBe(NONE)
    expect(coordinator.verifyOffsets('tx', producer, 'invoicing')).toBe(CONCURRENT_TRANSACTIONS)
    for (const producerEpoch of [0, 2]) {
      expect(coordinator.verifyOffsets('tx', { producerId: 0n, producerEpoch }, 'billing')).toBe(INVALID_PRODUCER_EPOCH)
    }
  })

  it('of a producer that is being fenced join those that are dropped', () => {
    const { coordinator, pending, producer } = openTransaction()
    pending.add('billing')
    coordinator.fence('tx')
    expect(coordinator.verifyOffsets('tx', producer, 'billing')).toBe(NONE)
    expect(coordinator.verifyOffsets('tx', { producerId: 0n, producerEpoch: 2 }, 'billing')).toBe(
      CONCURRENT_TRANSACTIONS,
    )
  })

  it('of an old epoch do not join those that wait in the group while nothing has ended', () => {
    const { coordinator, pending } = openTransaction()
    pending.add('billing')
    expect(coordinator.verifyOffsets('tx', { producerId: 0n, producerEpoch: 0 }, 'billing')).toBe(
      INVALID_PRODUCER_EPOCH,
    )
  })
})
