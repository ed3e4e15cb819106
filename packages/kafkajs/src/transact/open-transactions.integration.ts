import type { SharedBroker } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { codeOf } from './test-support/code-of.js'
import { createTransactionStages, transact } from './test-support/transaction-stage.js'

const never = new AbortController().signal

describeWithBroker('opening a transactional producer', (broker: SharedBroker) => {
  const { probe } = broker
  const { stage, leaveAll } = createTransactionStages(broker)
  afterEach(leaveAll)

  test('takes the id over at once: what an earlier one has open is aborted', async () => {
    const { driver, open, record, stored, transactionalId } = await stage({ transactionTimeoutMs: 600_000 })
    expect(driver.capabilities.transactions).toBe(true)
    const first = await open()
    await first.begin().send(record('a'))
    const second = await open()
    expect((await probe.transactions(transactionalId)).map(({ state }) => state)).toEqual(['Empty']) // what was open is over
    expect(await transact(second, [record('b')])).toBe('committed')
    expect(await stored()).toEqual(['b'])
  })

  test('tells the broker after which time to abort', async () => {
    const { open, transactionalId } = await stage({ transactionTimeoutMs: 12_345 })
    await open()
    expect((await probe.transactions(transactionalId))[0]?.timeoutMs).toBe(12_345)
  })

  test('refuses a time-out that the brokers do not allow, and names their setting', async () => {
    const { open } = await stage()
    await expect(open({ transactionTimeoutMs: 3_600_000 })).rejects.toMatchObject({
      code: 'MILLRACE_DRIVER_UNAUTHORIZED',
      message: expect.stringMatching(/INVALID_TRANSACTION_TIMEOUT.*transaction\.max\.timeout\.ms/),
    })
  })

  test('gives up at its limit where nobody answers, and at once with its signal', async () => {
    const driver = createKafkajsDriver({ brokers: ['127.0.0.1:1'], connectLimitMs: 300 })
    const options = { transactionalId: 'tx', transactionTimeoutMs: 15_000 }
    expect(await driver.openTransactions(options, never).catch(codeOf)).toBe('MILLRACE_DRIVER_UNREACHABLE')

    const patient = createKafkajsDriver({ brokers: ['127.0.0.1:1'], connectLimitMs: 600_000 })
    const given = new AbortController()
    const opening = patient.openTransactions(options, given.signal)
    given.abort(new Error('enough'))
    await expect(opening).rejects.toThrow('enough')
    await expect(patient.openTransactions(options, given.signal)).rejects.toThrow('enough')
  })
})
