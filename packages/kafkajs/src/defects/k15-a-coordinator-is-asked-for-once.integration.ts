import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { watchRequests } from '../test-support/watch-requests.js'
import { createTransactionStages, transact } from '../transact/test-support/transaction-stage.js'
import { bareProducer } from './test-support/bare-kafkajs.js'

const ofTransactions = [
  'findCoordinator',
  'addPartitions',
  'addOffsets',
  'txnOffsetCommit',
  'produce',
  'endTxn',
] as const

describeWithBroker('K15: a transaction costs the requests that it consists of', (broker) => {
  const { bootstrap, admin } = broker
  const requests = watchRequests()
  const { stage, leaveAll } = createTransactionStages(broker, [requests.guard])
  afterEach(leaveAll)

  test('red on bare kafkajs: half of the requests of a transaction ask for coordinators that are known', async () => {
    const [topic, sink, group] = [uniqueName('orders'), uniqueName('invoices'), uniqueName('billing')]
    await Promise.all([admin.createTopic(topic), admin.createTopic(sink)])
    const retry = { initialRetryTime: 5, maxRetryTime: 200, retries: 20 }
    const producer = await bareProducer(bootstrap, { transactionalId: uniqueName('tx'), maxInFlightRequests: 1, retry })
    const asked: string[] = []
    producer.on(producer.events.REQUEST, ({ payload }) => void asked.push(payload.apiName))
    const offsets = { consumerGroupId: group, topics: [{ topic, partitions: [{ partition: 0, offset: '1' }] }] }
    const run = async () => {
      const transaction = await producer.transaction()
      await transaction.send({ topic: sink, messages: [{ value: 'x' }] })
      await transaction.sendOffsets(offsets)
      await transaction.commit()
    }
    await run()
    asked.length = 0
    await run()
    expect(asked.filter((api) => api === 'GroupCoordinator').length).toBeGreaterThanOrEqual(4)
    expect(asked.length).toBeGreaterThanOrEqual(9)
  })

  test('green: one partition and offsets are five requests, and no coordinator is asked for again', async () => {
    const { open, hold, record, stored } = await stage()
    const { lease } = await hold(12)
    const sender = await open()
    const total = () => ofTransactions.reduce((sum, api) => sum + requests.count(api), 0)
    for (let round = 1n; round <= 3n; round += 1n) {
      const [before, found] = [total(), requests.count('findCoordinator')]
      expect(await transact(sender, [record('a')], [{ lease, offset: round }])).toBe('committed')
      if (round > 1n) expect([total() - before, requests.count('findCoordinator') - found]).toEqual([5, 0])
      await stored() // its markers are written by now, so that the next one is not asked to wait
    }
  })
})
