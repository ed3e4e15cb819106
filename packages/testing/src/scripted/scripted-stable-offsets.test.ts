import { setImmediate as turn } from 'node:timers/promises'
import type { Lease, MemberOptions, OutgoingRecord } from '@millrace/core'
import { expect, it } from 'vitest'
import { createScriptedDriver } from './scripted-driver.js'

const never = new AbortController().signal
const member: MemberOptions = {
  group: 'billing',
  topics: ['orders'],
  sessionTimeoutMs: 1000,
  heartbeatIntervalMs: 100,
  rebalanceTimeoutMs: 1000,
  revokeDrainMs: 500,
  startFrom: 'earliest',
  outOfRange: 'earliest',
  maxBytesPerPartition: 1000,
}

function join(driver: ReturnType<typeof createScriptedDriver>) {
  const leases: Lease[] = []
  const joined = driver.join(member, {
    onAssigned: (assigned) => void leases.push(...assigned),
    onRevoked: () => undefined,
    onRecords: () => undefined,
    onEvent: () => undefined,
    onFatal: () => undefined,
  })
  return { joined, leases }
}

it('a member begins when the offset of its partition is no longer pending, at what was committed', async () => {
  const driver = createScriptedDriver()
  driver.createTopic('orders')
  for (let count = 5; count > 0; count -= 1) driver.send('orders', { value: 'x' })
  const release = driver.pendOffset('orders', 0, 'billing')
  const { leases, joined } = join(driver)
  await turn()
  expect(leases).toEqual([])
  driver.setCommitted('orders', 0, 3n, 'billing')
  release()
  await turn()
  expect(leases.map(({ startOffset }) => startOffset)).toEqual([3n])
  await joined.leave()
})

it('a member that waits for one can leave', async () => {
  const driver = createScriptedDriver()
  driver.createTopic('orders')
  driver.pendOffset('orders', 0, 'billing')
  const { leases, joined } = join(driver)
  await turn()
  await joined.leave()
  expect(leases).toEqual([])
})

const record: OutgoingRecord = { topic: 'orders', key: null, value: Buffer.from('x') }
const options = { transactionalId: 'tx', transactionTimeoutMs: 60_000 }

it('what is being committed is not aborted any more, and the abort waits for it', async () => {
  const driver = createScriptedDriver()
  driver.createTopic('orders')
  const transaction = (await driver.openTransactions(options, never)).begin()
  await transaction.send(record)
  const release = driver.holdTransactions()
  const committing = transaction.commit()
  await turn()
  const aborting = transaction.abort()
  expect(driver.records('orders')).toEqual([])
  release()
  await Promise.all([committing, aborting])
  expect(driver.records('orders').length).toBe(1)
})

it('a commit that the end of its producer has overtaken says that nothing is left of it', async () => {
  const driver = createScriptedDriver()
  driver.createTopic('orders')
  const producer = await driver.openTransactions(options, never)
  const transaction = producer.begin()
  await transaction.send(record)
  driver.holdTransactions()
  const committing = expect(transaction.commit()).rejects.toMatchObject({ code: 'MILLRACE_TRANSACTION_ABORTED' })
  await turn()
  await producer.close()
  await committing
  expect(driver.records('orders')).toEqual([])
})
