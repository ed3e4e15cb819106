import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { meddle } from '../test-support/meddle.js'
import { API, watchRequests } from '../test-support/watch-requests.js'
import { createTransactionStages, transact } from '../transact/test-support/transaction-stage.js'
import { answeringWith } from './test-support/answering-with.js'
import { bareProducer } from './test-support/bare-kafkajs.js'

const NOT_COORDINATOR = 16

describeWithBroker('K32: offsets reach a group whose coordinator has moved', (broker) => {
  const { bootstrap, admin } = broker
  const requests = watchRequests()
  const meddling = meddle()
  const { stage, leaveAll } = createTransactionStages(broker, [requests.guard, meddling.guard])
  afterEach(leaveAll)

  test('red on bare kafkajs: NOT_COORDINATOR ends the transaction, under a name that its list of retries does not have', async () => {
    const [topic, group] = [uniqueName('orders'), uniqueName('billing')]
    await admin.createTopic(topic)
    const producer = await bareProducer(
      bootstrap,
      { transactionalId: uniqueName('tx'), maxInFlightRequests: 1 },
      { socketFactory: answeringWith(API.txnOffsetCommit, NOT_COORDINATOR) },
    )
    const transaction = await producer.transaction()
    const topics = [{ topic, partitions: [{ partition: 0, offset: '1' }] }]
    await expect(transaction.sendOffsets({ consumerGroupId: group, topics })).rejects.toMatchObject({
      type: 'NOT_COORDINATOR_FOR_GROUP',
    })
    await transaction.abort()
    expect(await admin.committed(group)).toEqual([])
  })

  test('green: the coordinator is asked for again, and records and offsets are committed once', async () => {
    const { topic, open, hold, record, stored, committed } = await stage()
    const { lease } = await hold(2)
    const sender = await open()
    meddling.answerInstead(API.txnOffsetCommit, moved(topic))
    const found = requests.count('findCoordinator')
    expect(await transact(sender, [record('a')], [{ lease, offset: 2n }])).toBe('committed')
    expect([requests.count('txnOffsetCommit'), requests.count('endTxn')]).toEqual([2, 1])
    expect(requests.count('findCoordinator') - found).toBe(2) // of the group: before the first try, and again
    expect([await stored(), await committed()]).toEqual([['a'], 2n])
  })
})

/** The answer to TxnOffsetCommit 3, for partition 0. */
function moved(topic: string): Buffer {
  const name = Buffer.from(topic)
  return Buffer.concat([
    Buffer.from([0, 0, 0, 0, 0, 2, name.length + 1]),
    name,
    Buffer.from([2, 0, 0, 0, 0, 0, NOT_COORDINATOR, 0, 0, 0]),
  ])
}
