import { describe, expect, it } from 'vitest'
import { createVirtualClock } from '../clock/virtual-clock.js'
import { type BatchToBuild, buildBatch } from '../log/test-support/build-batch.js'
import { readAll, setupLog } from '../log/test-support/setup-log.js'
import { errorCode } from '../protocol/error-codes.js'
import { createProduceHandler } from '../requests/produce.js'
import { createProducerIds } from './producer-ids.js'
import { createTransactionCoordinator } from './transaction-coordinator.js'

const {
  NONE,
  INVALID_PRODUCER_EPOCH,
  INVALID_TXN_STATE,
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
  CONCURRENT_TRANSACTIONS,
} = errorCode

/** Real logs of `orders` 0 and 1 behind the Produce request, and a producer `tx` of epoch 0. */
function setup() {
  const clock = createVirtualClock({ startMs: 10_000 })
  const logs = [setupLog().log, setupLog({ partition: 1 }).log] as const
  const logOf = (topic: string, partition: number) => (topic === 'orders' ? logs[partition] : undefined)
  const transactions = createTransactionCoordinator({
    clock,
    logOf,
    groups: { endTransaction: () => undefined, describe: () => undefined },
    config: { reaperIntervalMs: 500 },
    newProducerId: createProducerIds(),
    emit: () => undefined,
  })
  const topics = {
    partition(topic: string, index: number) {
      const log = logOf(topic, index)
      return log && { log }
    },
  }
  const handle = createProduceHandler({ topics, transactions, clock })
  const init = (transactionalId = 'tx') => transactions.initializeProducer({ transactionalId, timeoutMs: 1000 })

  /** Returns the error code of the one partition. */
  function produce(
    batch: BatchToBuild,
    { partition = 0, transactionalId = 'tx' as string | null } = {},
  ): number | undefined {
    const records = buildBatch(batch)
    const answer = handle(
      {
        transactionalId,
        acks: -1,
        timeoutMs: 1000,
        topicData: [{ name: 'orders', partitionData: [{ index: partition, records }] }],
      },
      { apiVersion: 7, clientId: 'test', clientHost: '/127.0.0.1' },
    )
    if (typeof answer === 'symbol' || !('responses' in answer)) throw new Error('Produce was not answered')
    return answer.responses[0]?.partitionResponses[0]?.errorCode
  }

  const add = (...partitions: number[]) =>
    transactions.addPartitions(
      'tx',
      producer,
      partitions.map((partition) => ({ topic: 'orders', partition })),
    )
  const producer = init()
  return { add, clock, init, logs, produce, producer, transactions }
}

const ofTx = (baseSequence: number, o: BatchToBuild = {}): BatchToBuild => ({
  producerId: 0n,
  producerEpoch: 0,
  baseSequence,
  transactional: true,
  ...o,
})

describe('readers of a transaction', () => {
  it('wait behind its first record, plain records too, until its marker is written', async () => {
    const { add, clock, logs, produce, producer, transactions } = setup()
    produce({})
    add(0)
    produce(ofTx(0))
    produce({})
    expect(logs[0].lastStableOffset).toBe(1n)
    transactions.end('tx', producer, true)
    expect(logs[0].lastStableOffset).toBe(1n)
    await clock.settle()
    expect(logs[0].lastStableOffset).toBe(4n)
  })

  it('do not wait for a partition that was added and is still empty, which gets a marker all the same', async () => {
    const { add, clock, logs, produce, producer, transactions } = setup()
    add(0, 1)
    produce({}, { partition: 1 })
    expect(logs[1].lastStableOffset).toBe(1n)
    transactions.end('tx', producer, true)
    await clock.settle()
    expect([logs[0].endOffset, logs[1].endOffset]).toEqual([1n, 2n])
  })

  it('are told of the records of a producer that was fenced, once they are aborted', async () => {
    const { add, clock, init, logs, produce } = setup()
    add(0)
    produce(ofTx(0))
    expect(init().errorCode).toBe(CONCURRENT_TRANSACTIONS)
    await clock.settle()
    expect(readAll(logs[0], 0n, true).abortedTransactions).toEqual([{ producerId: 0n, firstOffset: 0n }])
  })

  it('see a batch that came after EndTxn while the markers were held', async () => {
    const { add, clock, logs, produce, producer, transactions } = setup()
    add(0)
    produce(ofTx(0))
    const release = transactions.holdMarkers()
    transactions.end('tx', producer, true)
    expect(produce(ofTx(1))).toBe(NONE)
    await clock.settle()
    expect(logs[0].lastStableOffset).toBe(0n)
    release()
    await clock.settle()
    expect([logs[0].lastStableOffset, logs[0].endOffset]).toEqual([3n, 3n])
  })
})

describe('Produce', () => {
  it('takes the batches of one transaction after the other, with sequences that go on', async () => {
    const { add, clock, produce, producer, transactions } = setup()
    add(0)
    expect(produce(ofTx(0))).toBe(NONE)
    transactions.end('tx', producer, false)
    await clock.settle()
    add(0)
    expect(produce(ofTx(1))).toBe(NONE)
  })

  it('refuses a partition that was not added, and a request that names no transactional id', () => {
    const { add, produce } = setup()
    add(0)
    expect(produce(ofTx(0), { partition: 1 })).toBe(INVALID_TXN_STATE)
    expect(produce(ofTx(0), { transactionalId: null })).toBe(TRANSACTIONAL_ID_AUTHORIZATION_FAILED)
  })

  it('refuses a plain batch among the open records of its producer', () => {
    const { add, produce } = setup()
    add(0)
    produce(ofTx(0))
    expect(produce({ ...ofTx(1), transactional: false })).toBe(INVALID_TXN_STATE)
  })

  it('refuses what a producer sends after the reaper came by, before and after it has written', async () => {
    const { add, clock, produce } = setup()
    add(0, 1)
    produce(ofTx(0))
    await clock.advance(1500)
    expect(produce(ofTx(1))).toBe(INVALID_PRODUCER_EPOCH)
    expect(produce(ofTx(0), { partition: 1 })).toBe(INVALID_PRODUCER_EPOCH)
  })
})
