import type { BrokerControl, FaultProxy } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, beforeAll, expect, test } from 'vitest'
import { ownBrokerBehindProxy } from '../test-support/own-broker-behind-proxy.js'
import { createTransactionStages, transact } from './test-support/transaction-stage.js'

const limit = () => AbortSignal.timeout(60_000)

// These tests hurt a broker of their own.
describeWithBroker('a transaction whose answers are lost', (broker) => {
  const own = ownBrokerBehindProxy(broker)
  let proxy: FaultProxy
  let control: BrokerControl
  let stages: ReturnType<typeof createTransactionStages>

  beforeAll(() => {
    ;({ proxy, control } = own())
    stages = createTransactionStages(own())
  })
  afterEach(async () => {
    proxy.heal()
    await stages.leaveAll()
  })
  test.each([
    ['answer', 'committed'],
    ['request', 'MILLRACE_TRANSACTION_ABORTED'],
  ] as const)('with offsets, EndTxn without its %s: the committed offsets say what happened: %s', async (what, end) => {
    const { open, hold, record, stored, committed } = await stages.stage()
    const { member, lease } = await hold(3)
    const sender = await open()
    const lost = what === 'answer' ? proxy.dropAnswers({ api: 'EndTxn' }) : proxy.dropRequests({ api: 'EndTxn' })
    expect(await transact(sender, [record('a')], [{ lease, offset: 2n }])).toBe(end)
    expect(lost.fired).toBe(1)
    expect([await stored(), await committed()]).toEqual(end === 'committed' ? [['a'], 2n] : [[], undefined])
    expect(lease.isLive).toBe(true)

    if (end !== 'committed') expect(await transact(sender, [record('a')], [{ lease, offset: 2n }])).toBe('committed')
    expect(await transact(sender, [record('b')], [{ lease, offset: 3n }])).toBe('committed')
    expect([await stored(), await committed()]).toEqual([['a', 'b'], 3n])
    expect(member.fatal).toEqual([])
  })

  test.each(['answer', 'request'] as const)(
    'without offsets, EndTxn without its %s: the same request is repeated until there is an answer',
    async (what) => {
      const { open, record, stored } = await stages.stage()
      const sender = await open()
      const before = proxy.seen.get('InitProducerId') ?? 0
      const drop = { api: 'EndTxn', times: 2 } as const
      const lost = what === 'answer' ? proxy.dropAnswers(drop) : proxy.dropRequests(drop)
      expect(await transact(sender, [record('a')])).toBe('committed')
      expect(lost.fired).toBe(2)
      expect(await stored()).toEqual(['a'])
      expect(await transact(sender, [record('b')])).toBe('committed')
      // The lost request may still be on its way: the next transaction has another epoch.
      expect(proxy.seen.get('InitProducerId')).toBe(before + 1)
      expect(await stored()).toEqual(['a', 'b'])
    },
  )

  test.each(['AddPartitionsToTxn', 'AddOffsetsToTxn', 'TxnOffsetCommit'] as const)(
    'an answer to %s that is lost aborts it, and the same is committed by the next one',
    async (api) => {
      const { open, hold, record, stored, committed } = await stages.stage()
      const { lease } = await hold(2)
      const sender = await open()
      const lost = proxy.dropAnswers({ api })
      expect(await transact(sender, [record('a')], [{ lease, offset: 2n }])).toBe('MILLRACE_TRANSACTION_ABORTED')
      expect(lost.fired).toBe(1)
      expect([await stored(), await committed()]).toEqual([[], undefined])
      expect(await transact(sender, [record('a')], [{ lease, offset: 2n }])).toBe('committed')
      expect([await stored(), await committed()]).toEqual([['a'], 2n])
    },
  )

  test('an answer to Produce that is lost costs a repetition of the same bytes', async () => {
    const { open, record, stored } = await stages.stage()
    const sender = await open()
    const lost = proxy.dropAnswers({ api: 'Produce' })
    expect(await transact(sender, [record('a')])).toBe('committed')
    expect(lost.fired).toBe(1)
    expect(await stored()).toEqual(['a'])
  })

  test('a record has two thirds of the time-out of its transaction, which is aborted then', async () => {
    const { open, record, stored } = await stages.stage({ transactionTimeoutMs: 3_000 })
    const sender = await open()
    const hole = proxy.blackHole({ api: 'Produce' })
    const transaction = sender.begin()
    await expect(transaction.send(record('a'))).rejects.toMatchObject({
      code: 'MILLRACE_PRODUCE_UNKNOWN',
      message: expect.stringContaining('2000 ms'),
    })
    await transaction.abort()
    hole.end()
    expect(await transact(sender, [record('b')])).toBe('committed')
    expect(await stored()).toEqual(['b'])
  })

  test('a connection that is cut between two steps costs nothing', async () => {
    const { open, record, stored } = await stages.stage()
    const sender = await open()
    const transaction = sender.begin()
    await transaction.send(record('a'))
    proxy.cut()
    await transaction.send(record('b'))
    proxy.cut()
    await transaction.commit()
    expect(await stored()).toEqual(['a', 'b'])
  })

  test('a broker that restarts between two steps costs nothing', async () => {
    const { open, hold, record, stored, committed } = await stages.stage({ transactionTimeoutMs: 60_000 })
    const { lease } = await hold(2)
    const sender = await open()
    const transaction = sender.begin()
    await transaction.send(record('a'))
    await control.restart()
    await transaction.send(record('b'))
    await transaction.commit([{ lease, offset: 2n }], limit())
    expect([await stored(), await committed()]).toEqual([['a', 'b'], 2n])
  })

  test('a commit that was frozen on its way for longer than the transaction may last changes nothing any more', async () => {
    const { open, hold, record, stored, committed } = await stages.stage({ transactionTimeoutMs: 3_000 })
    const { lease } = await hold(2)
    const sender = await open()
    const frozen = proxy.nextRequest('EndTxn', limit(), { hold: true })
    const first = transact(sender, [record('a')], [{ lease, offset: 1n }])
    const held = await frozen
    expect(await first).toBe('MILLRACE_TRANSACTION_ABORTED')
    expect(await transact(sender, [record('b')], [{ lease, offset: 2n }])).toBe('committed')
    const open2 = sender.begin()
    await open2.send(record('c'))
    held.release()
    await held.passed
    await open2.abort()
    expect([await stored(), await committed()]).toEqual([['b'], 2n])
  })
})
