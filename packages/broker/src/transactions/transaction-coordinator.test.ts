import { describe, expect, it } from 'vitest'
import { errorCode } from '../protocol/error-codes.js'
import { coordinatorBench, orders } from './test-support/coordinator-bench.js'

const {
  NONE,
  INVALID_REQUEST,
  INVALID_TRANSACTION_TIMEOUT,
  CONCURRENT_TRANSACTIONS,
  INVALID_PRODUCER_ID_MAPPING,
  PRODUCER_FENCED,
  INVALID_TXN_STATE,
} = errorCode

describe('InitProducerId', () => {
  it('gives a producer without transactional id a new id each time', () => {
    const { coordinator } = coordinatorBench()
    const ask = () => coordinator.initializeProducer({ transactionalId: null, timeoutMs: -1 })
    expect([ask(), ask()]).toEqual([
      { errorCode: NONE, producerId: 0n, producerEpoch: 0 },
      { errorCode: NONE, producerId: 1n, producerEpoch: 0 },
    ])
  })

  it('keeps the id and raises the epoch of a transactional id', () => {
    const { init } = coordinatorBench()
    expect([init('a'), init('b'), init('a')]).toEqual([
      { errorCode: NONE, producerId: 0n, producerEpoch: 0 },
      { errorCode: NONE, producerId: 1n, producerEpoch: 0 },
      { errorCode: NONE, producerId: 0n, producerEpoch: 1 },
    ])
  })

  it.each([
    ['refuses an empty id', '', 60_000, INVALID_REQUEST],
    ['refuses a timeout of 0', 'tx', 0, INVALID_TRANSACTION_TIMEOUT],
    ['refuses a timeout of -1', 'tx', -1, INVALID_TRANSACTION_TIMEOUT],
    ['refuses a timeout above 15 minutes', 'tx', 900_001, INVALID_TRANSACTION_TIMEOUT],
    ['takes a timeout of 15 minutes', 'tx', 900_000, NONE],
  ])('%s', (_behaviour, id, timeoutMs, code) => {
    const { init } = coordinatorBench()
    expect(init(id, timeoutMs)).toEqual(
      code === NONE
        ? { errorCode: NONE, producerId: 0n, producerEpoch: 0 }
        : { errorCode: code, producerId: -1n, producerEpoch: -1 },
    )
  })

  it('over an open transaction aborts it under epoch + 1 and gives epoch + 2', async () => {
    const { clock, coordinator, init, logOf } = coordinatorBench()
    const producer = init()
    coordinator.addPartitions('tx', producer, orders(0))
    expect(init()).toEqual({ errorCode: CONCURRENT_TRANSACTIONS, producerId: -1n, producerEpoch: -1 })
    expect(coordinator.end('tx', producer, true)).toBe(PRODUCER_FENCED)
    await clock.settle()
    expect(logOf(0).markers).toEqual([{ producerId: 0n, producerEpoch: 1, committed: false, coordinatorEpoch: 0 }])
    expect(init()).toEqual({ errorCode: NONE, producerId: 0n, producerEpoch: 2 })
  })
})

describe('markers', () => {
  it('are written in a later turn than the one that answers EndTxn', async () => {
    const { clock, coordinator, init, logOf } = coordinatorBench()
    const producer = init()
    coordinator.addPartitions('tx', producer, orders(0))
    expect(coordinator.end('tx', producer, true)).toBe(NONE)
    expect(logOf(0).markers).toEqual([])
    expect(coordinator.addPartitions('tx', producer, orders(0))).toBe(CONCURRENT_TRANSACTIONS)
    await clock.settle()
    expect(logOf(0).markers).toHaveLength(1)
    expect(coordinator.addPartitions('tx', producer, orders(0))).toBe(NONE)
  })

  it('go to every added partition, empty ones too, with the id and epoch of the producer', async () => {
    const { clock, coordinator, init, logOf } = coordinatorBench()
    init()
    const producer = init()
    coordinator.addPartitions('tx', producer, orders(0, 2))
    coordinator.end('tx', producer, true)
    await clock.settle()
    const marker = { producerId: 0n, producerEpoch: 1, committed: true, coordinatorEpoch: 0 }
    expect([logOf(0).markers, logOf(1).markers, logOf(2).markers]).toEqual([[marker], [], [marker]])
  })

  it.each([true, false])('tell each group of the transaction how it ended (committed: %s)', async (committed) => {
    const { clock, coordinator, init, outcomes } = coordinatorBench()
    const producer = init()
    coordinator.addGroup('tx', producer, 'billing')
    coordinator.addGroup('tx', producer, 'invoicing')
    coordinator.end('tx', producer, committed)
    expect(outcomes).toEqual([])
    await clock.settle()
    expect(outcomes).toEqual([
      { groupId: 'billing', producerId: 0n, committed },
      { groupId: 'invoicing', producerId: 0n, committed },
    ])
  })

  it('of a topic that was deleted inside the transaction hold back nothing', async () => {
    const { clock, coordinator, init, logs, logOf } = coordinatorBench()
    const producer = init()
    coordinator.addPartitions('tx', producer, orders(0, 1))
    logs.delete('orders/0')
    expect(coordinator.end('tx', producer, true)).toBe(NONE)
    await clock.settle()
    expect(logOf(1).markers).toHaveLength(1)
    expect(coordinator.addPartitions('tx', producer, orders(1))).toBe(NONE)
    expect(coordinator.end('tx', producer, true)).toBe(NONE)
  })

  it('are announced, as is the transaction from its begin to its end', async () => {
    const { clock, coordinator, events, init } = coordinatorBench()
    const producer = init()
    coordinator.addPartitions('tx', producer, orders(1))
    coordinator.end('tx', producer, true)
    await clock.settle()
    const identity = { transactionalId: 'tx', producerId: 0n, producerEpoch: 0 }
    expect(events).toEqual([
      { kind: 'transaction.begun', ...identity },
      { kind: 'transaction.marked', topic: 'orders', partition: 1, producerId: 0n, committed: true },
      { kind: 'transaction.ended', ...identity, committed: true },
    ])
  })

  it('that are due when the broker goes down are written once it is back', async () => {
    const { clock, coordinator, init, logOf } = coordinatorBench()
    const producer = init()
    coordinator.addPartitions('tx', producer, orders(0))
    coordinator.end('tx', producer, true)
    coordinator.suspend()
    await clock.advance(60_000)
    expect(logOf(0).markers).toEqual([])
    expect(clock.timersWaiting).toBe(0)
    coordinator.resume()
    await clock.settle()
    expect(logOf(0).markers).toHaveLength(1)
  })
})

describe('held markers', () => {
  async function ended(hold: string | undefined) {
    const bench = coordinatorBench()
    const producer = bench.init()
    bench.coordinator.addPartitions('tx', producer, orders(0))
    bench.coordinator.addGroup('tx', producer, 'billing')
    const release = bench.coordinator.holdMarkers(hold)
    expect(bench.coordinator.end('tx', producer, true)).toBe(NONE)
    await bench.clock.advance(60_000)
    return { ...bench, producer, release }
  }

  it.each([
    ['of one id', 'tx'],
    ['of all ids', undefined],
  ])('%s keep the window of 51 open until released', async (_of, hold) => {
    const { clock, coordinator, init, logOf, outcomes, producer, release } = await ended(hold)
    expect(coordinator.addPartitions('tx', producer, orders(0))).toBe(CONCURRENT_TRANSACTIONS)
    expect(coordinator.addGroup('tx', producer, 'billing')).toBe(CONCURRENT_TRANSACTIONS)
    expect(coordinator.end('tx', producer, true)).toBe(CONCURRENT_TRANSACTIONS)
    expect(coordinator.end('tx', producer, false)).toBe(CONCURRENT_TRANSACTIONS)
    expect(init().errorCode).toBe(CONCURRENT_TRANSACTIONS)
    expect([logOf(0).markers, outcomes]).toEqual([[], []])
    expect(coordinator.describe('tx')).toMatchObject({ status: 'PrepareCommit', isHeld: true })

    release()
    await clock.settle()
    expect(logOf(0).markers).toHaveLength(1)
    expect(outcomes).toHaveLength(1)
    expect(coordinator.end('tx', producer, true)).toBe(NONE)
    expect(coordinator.end('tx', producer, false)).toBe(INVALID_TXN_STATE)
    expect(coordinator.describe('tx')).toMatchObject({ status: 'CompleteCommit', isHeld: false })
  })

  it('of another id hold nothing back', async () => {
    const { logOf } = await ended('other')
    expect(logOf(0).markers).toHaveLength(1)
  })

  it('stay held until every hold is released, each of which counts once', async () => {
    const { clock, coordinator, logOf, release } = await ended('tx')
    const second = coordinator.holdMarkers('tx')
    release()
    release()
    await clock.settle()
    expect(logOf(0).markers).toEqual([])
    second()
    await clock.settle()
    expect(logOf(0).markers).toHaveLength(1)
  })
})

describe('the reaper', () => {
  it('aborts what is older than its timeout at its next scan, under epoch + 1, even if nothing was produced', async () => {
    const { clock, coordinator, events, init, logOf } = coordinatorBench({ reaperIntervalMs: 500 })
    await clock.advance(409)
    const producer = init('tx', 1000)
    coordinator.addPartitions('tx', producer, orders(0))
    await clock.advance(1090)
    expect(logOf(0).markers).toEqual([])
    await clock.advance(1)
    expect(logOf(0).markers).toEqual([{ producerId: 0n, producerEpoch: 1, committed: false, coordinatorEpoch: 0 }])
    expect(events.map(({ kind }) => kind)).toContain('transaction.expired')
    expect(coordinator.addPartitions('tx', producer, orders(0))).toBe(PRODUCER_FENCED)
    expect(coordinator.end('tx', producer, true)).toBe(PRODUCER_FENCED)
    expect(init('tx')).toEqual({ errorCode: NONE, producerId: 0n, producerEpoch: 2 })
  })

  it('scans every 10 s unless told otherwise', async () => {
    const { clock, coordinator, init, logOf } = coordinatorBench()
    coordinator.addPartitions('tx', init('tx', 1), orders(0))
    await clock.advance(9999)
    expect(logOf(0).markers).toEqual([])
    await clock.advance(1)
    expect(logOf(0).markers).toHaveLength(1)
  })

  it('comes back for what was too young, and keeps no timer when nothing is open', async () => {
    const { clock, coordinator, init, logOf } = coordinatorBench({ reaperIntervalMs: 500 })
    coordinator.addPartitions('old', init('old', 100), orders(0))
    coordinator.addPartitions('young', init('young', 1200), orders(1))
    await clock.advance(500)
    expect([logOf(0).markers.length, logOf(1).markers.length]).toEqual([1, 0])
    await clock.advance(1000)
    expect([logOf(0).markers.length, logOf(1).markers.length]).toEqual([1, 1])
    expect(clock.timersWaiting).toBe(0)
  })

  it('sleeps while the broker is down and counts that time once it is back', async () => {
    const { clock, coordinator, init, logOf } = coordinatorBench({ reaperIntervalMs: 500 })
    coordinator.addPartitions('tx', init('tx', 1000), orders(0))
    coordinator.suspend()
    await clock.advance(5000)
    expect([logOf(0).markers.length, clock.timersWaiting]).toEqual([0, 0])
    coordinator.resume()
    await clock.advance(500)
    expect(logOf(0).markers).toHaveLength(1)
  })

  it('leaves a transaction that ended in time', async () => {
    const { clock, coordinator, init, logOf } = coordinatorBench({ reaperIntervalMs: 500 })
    const producer = init('tx', 1000)
    coordinator.addPartitions('tx', producer, orders(0))
    coordinator.end('tx', producer, true)
    await clock.advance(10_000)
    expect(logOf(0).markers).toEqual([{ producerId: 0n, producerEpoch: 0, committed: true, coordinatorEpoch: 0 }])
  })
})

describe('an id that is not known', () => {
  it('does not match any producer id, and an empty one is no request', () => {
    const { coordinator } = coordinatorBench()
    const producer = { producerId: 0n, producerEpoch: 0 }
    const ask = (id: string) => [
      coordinator.addPartitions(id, producer, orders(0)),
      coordinator.addGroup(id, producer, 'billing'),
      coordinator.end(id, producer, true),
      coordinator.verifyOffsets(id, producer, 'billing'),
      coordinator.verifyWrite(id, 0n, 0, 'orders', 0),
    ]
    expect(ask('tx')).toEqual(Array(5).fill(INVALID_PRODUCER_ID_MAPPING))
    expect(ask('')).toEqual(Array(5).fill(INVALID_REQUEST))
  })

  it('is one that was idle for a week', async () => {
    const { clock, coordinator, init } = coordinatorBench({ idExpiryMs: 1000 })
    const producer = init('idle')
    await clock.advance(1000)
    init('other')
    expect(coordinator.list().map(({ transactionalId }) => transactionalId)).toEqual(['other'])
    expect(coordinator.end('idle', producer, true)).toBe(INVALID_PRODUCER_ID_MAPPING)
  })

  it('is the one that was idle longest when there are too many, never one with a transaction', () => {
    const { coordinator, init } = coordinatorBench({ maxTransactionalIds: 2 })
    coordinator.addPartitions('busy', init('busy'), orders(0))
    init('idle')
    init('new')
    expect(coordinator.list().map(({ transactionalId }) => transactionalId)).toEqual(['busy', 'new'])
  })
})

describe('fence', () => {
  it('shuts out the present producer and aborts its transaction', async () => {
    const { clock, coordinator, events, init, logOf } = coordinatorBench()
    const producer = init()
    coordinator.addPartitions('tx', producer, orders(0))
    expect(coordinator.fence('tx')).toBe(true)
    await clock.settle()
    expect(logOf(0).markers).toMatchObject([{ producerEpoch: 1, committed: false }])
    expect(coordinator.end('tx', producer, true)).toBe(PRODUCER_FENCED)
    expect(events).toContainEqual({ kind: 'producer.fenced', transactionalId: 'tx', producerId: 0n, producerEpoch: 0 })
  })

  it('shuts out a producer between two transactions', () => {
    const { coordinator, init } = coordinatorBench()
    const producer = init()
    expect(coordinator.fence('tx')).toBe(true)
    expect(coordinator.addPartitions('tx', producer, orders(0))).toBe(PRODUCER_FENCED)
  })

  it('does nothing to an unknown id, nor while markers are written', () => {
    const { coordinator, init } = coordinatorBench()
    expect(coordinator.fence('tx')).toBe(false)
    const producer = init()
    coordinator.addPartitions('tx', producer, orders(0))
    coordinator.end('tx', producer, true)
    expect(coordinator.fence('tx')).toBe(false)
  })
})

describe('inspection', () => {
  it('shows what belongs to an open transaction', async () => {
    const { clock, coordinator, init } = coordinatorBench()
    await clock.advance(5)
    const producer = init()
    coordinator.addPartitions('tx', producer, orders(2, 0))
    coordinator.addGroup('tx', producer, 'billing')
    expect(coordinator.describe('tx')).toEqual({
      transactionalId: 'tx',
      status: 'Ongoing',
      producerId: 0n,
      producerEpoch: 0,
      timeoutMs: 60_000,
      startedAt: 5,
      partitions: orders(2, 0),
      groups: ['billing'],
      isHeld: false,
    })
    expect(coordinator.describe('other')).toBeUndefined()
  })
})
