import { randomBytes } from 'node:crypto'
import { fail } from '@millrace/core'
import type { SharedBroker } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { watchRequests } from '../test-support/watch-requests.js'
import { codeOf } from './test-support/code-of.js'
import { createTransactionStages, transact } from './test-support/transaction-stage.js'

const ABORTED = 'MILLRACE_TRANSACTION_ABORTED'
const STATE = 'MILLRACE_TRANSACTION_STATE'

const tooLong = () => randomBytes(3_000).toString('base64')

/** Of everything that only a transactional producer asks. */
const ofTransactions = [
  'produce',
  'findCoordinator',
  'initProducerId',
  'addPartitions',
  'addOffsets',
  'txnOffsetCommit',
  'endTxn',
] as const

describeWithBroker('a transactional producer', (broker: SharedBroker) => {
  const { admin, probe } = broker
  const requests = watchRequests()
  const { stage, leaveAll } = createTransactionStages(broker, [requests.guard])
  afterEach(leaveAll)

  test('costs five requests for one partition and offsets, and asks nothing twice', async () => {
    const { open, hold, record, stored } = await stage()
    const { lease } = await hold(3)
    const sender = await open()
    const asked = () => ofTransactions.reduce((sum, api) => sum + requests.count(api), 0)
    expect(await transact(sender, [record('warm-up')], [{ lease, offset: 1n }])).toBe('committed')
    await stored() // the markers are written by now
    const before = asked()
    expect(await transact(sender, [record('a'), record('b')], [{ lease, offset: 2n }])).toBe('committed')
    expect(asked() - before).toBe(5)
  })

  test('an offset beyond what was handed over is refused, and the lease goes on', async () => {
    const { open, hold, record, stored, committed } = await stage()
    const { lease } = await hold(2)
    const sender = await open()
    expect(await transact(sender, [record('a')], [{ lease, offset: 3n }])).toBe(ABORTED)
    expect(lease.isLive).toBe(true)
    expect(await transact(sender, [record('b')], [{ lease, offset: 2n }])).toBe('committed')
    expect([await stored(), await committed()]).toEqual([['b'], 2n])
  })

  test('a record that its topic does not take fails alone, and its transaction is aborted', async () => {
    const { sink, open, record, stored } = await stage()
    await admin.alterTopic(sink, { 'max.message.bytes': '2000' })
    const sender = await open()
    const transaction = sender.begin()
    const sent = ['a', tooLong(), 'b', tooLong()].map((value) =>
      transaction.send(record(value)).then(() => 'stored', codeOf),
    )
    const large = 'MILLRACE_PRODUCE_TOO_LARGE'
    expect(await Promise.all(sent)).toEqual(['stored', large, 'stored', large])
    expect(await transaction.commit().catch(codeOf)).toBe(ABORTED)
    expect(await transact(sender, [record('a'), record('b')])).toBe('committed')
    expect(await stored()).toEqual(['a', 'b'])
  })

  test('a record without a key for a compacted topic is invalid, and says so', async () => {
    const { sink, open, record, stored } = await stage()
    await admin.alterTopic(sink, { 'cleanup.policy': 'compact' })
    const sender = await open()
    const transaction = sender.begin()
    expect(await transaction.send(record('a')).catch(codeOf)).toBe('MILLRACE_PRODUCE_RECORD_INVALID')
    await transaction.abort()
    expect(await transact(sender, [{ ...record('b'), key: Buffer.from('k') }])).toBe('committed')
    expect(await stored()).toEqual(['b'])
  })

  test('a signal aborts it as long as its end was not asked for', async () => {
    const { open, record, stored } = await stage()
    const sender = await open()
    const transaction = sender.begin()
    await transaction.send(record('a'))
    const reason = fail('MILLRACE_PRODUCE_CLOSED', {})
    expect(await transaction.commit([], AbortSignal.abort(reason)).catch(codeOf)).toBe(ABORTED)
    expect(await transact(sender, [record('b')])).toBe('committed')
    expect(await stored()).toEqual(['b'])
  })

  test('has one transaction at a time, which ends once', async () => {
    const { open, record, stored } = await stage()
    const sender = await open()
    const transaction = sender.begin()
    expect(() => sender.begin()).toThrow(expect.objectContaining({ code: STATE }))
    const sent = transaction.send(record('a'))
    const committed = transaction.commit()
    expect(await transaction.send(record('late')).catch(codeOf)).toBe(STATE)
    expect(await transaction.commit().catch(codeOf)).toBe(STATE)
    await transaction.abort() // waits for the commit that came first
    await Promise.all([sent, committed])
    const empty = sender.begin()
    await empty.commit()
    await empty.abort()
    await sender.begin().abort()
    expect(await stored()).toEqual(['a'])
  })

  test('sends of an aborted transaction that were not stored yet are dropped, and none reaches the next one', async () => {
    const { open, record, stored } = await stage()
    const sender = await open()
    const first = sender.begin()
    const sent = Array.from({ length: 500 }, (_, index) =>
      first.send(record(`old ${index}`, index % 2)).then(() => 'stored', codeOf),
    )
    await Promise.race(sent)
    await first.abort()
    expect(new Set(await Promise.all(sent)).size).toBeGreaterThan(0)
    expect(await transact(sender, [record('new')])).toBe('committed')
    expect(await stored()).toEqual(['new'])
  })

  test('closing aborts what is open at once, so that it holds up no reader until its time-out', async () => {
    const { open, record, stored, transactionalId } = await stage({ transactionTimeoutMs: 600_000 })
    const sender = await open()
    const transaction = sender.begin()
    await transaction.send(record('a'))
    await sender.close()
    await sender.close()
    const state = async () => (await probe.transactions(transactionalId))[0]?.state
    await expect.poll(state).toBe('CompleteAbort')
    expect(() => sender.begin()).toThrow(expect.objectContaining({ code: 'MILLRACE_PRODUCE_CLOSED' }))
    expect(await transaction.send(record('b')).catch(codeOf)).toBe(STATE)
    expect(await stored()).toEqual([])
  })
})
