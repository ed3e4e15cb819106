import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { callBroker, brokerFactoryOf } from '../produce/wire-broker.js'
import { openTestClient } from '../produce/test-support/test-client.js'
import { transactionalProducerIdRequest } from '../produce/producer-id-request.js'
import { ownBrokerBehindProxy } from '../test-support/own-broker-behind-proxy.js'
import { addPartitionsRequest } from '../transact/requests/add-partitions.js'
import { endTxnRequest } from '../transact/requests/end-txn.js'
import { codeOf } from '../transact/test-support/code-of.js'
import { createTransactionStages, transact } from '../transact/test-support/transaction-stage.js'
import { encodeRecordBatch } from '../wire/encode-record-batch.js'
import { produceToBroker } from '../wire/produce-to-broker.js'

const limit = () => AbortSignal.timeout(60_000)

// These tests hurt a broker of their own.
describeWithBroker('K4: the end of one transaction that arrives late ends no other one', (broker) => {
  const own = ownBrokerBehindProxy(broker)
  afterEach(() => own().proxy.heal())

  test('the danger: under one epoch, the same request that comes again commits a transaction that nobody has finished', async () => {
    const { admin, probe, bootstrap } = own()
    const [topic, transactionalId] = [uniqueName('invoices'), uniqueName('tx')]
    await admin.createTopic(topic)
    const client = openTestClient(bootstrap)
    const broker = await brokerFactoryOf(client.cluster)()
    await broker.connect()
    onTestFinished(() => broker.disconnect())
    const ask: typeof callBroker = (...what) => callBroker(...what)
    const { producerId: id, epoch } = await ask(
      broker,
      transactionalProducerIdRequest({ transactionalId, transactionTimeoutMs: 60_000 }),
    )
    const scope = { transactionalId, identity: { id, epoch } }
    const begin = async (baseSequence: number, value: string) => {
      const partition = { topic, partition: 0 }
      const added = async () =>
        (await ask(broker, addPartitionsRequest(scope, [partition]))).map((one) => one.errorCode)
      await expect.poll(added).toEqual([0]) // 51 while the markers of the one before are written
      const records = [{ key: null, value: Buffer.from(value), timestamp: Date.now() }]
      const batch = encodeRecordBatch(records, { producer: { id, epoch, baseSequence }, isTransactional: true })
      const topics = [{ topic, partitions: [{ partition: 0, batch }] }]
      const { partitions } = await produceToBroker(broker, { transactionalId, acks: -1, timeoutMs: 5_000, topics })
      expect(partitions.map(({ errorCode }) => errorCode)).toEqual([0])
    }
    const end = () => ask(broker, endTxnRequest(scope, 'commit'))
    await begin(0, 'a')
    expect(await end()).toBe(0)
    await begin(1, 'half of it')
    expect(await end()).toBe(0) // the first one's, had it been on its way all the time
    await expect.poll(async () => (await probe.read(topic)).length).toBe(2)
  })

  test.each([
    ['with offsets', true],
    ['without offsets', false],
  ])(
    'green: a transaction that was begun after a lost end has an epoch that the lost one can not end: %s',
    async (_which, hasOffsets) => {
      const { proxy } = own()
      const { stage, leaveAll } = createTransactionStages(own())
      try {
        const { open, hold, record, stored } = await stage({ transactionTimeoutMs: 6_000 })
        const { lease } = await hold(2)
        const sender = await open()
        const seen = proxy.nextRequest('EndTxn', limit(), { hold: true })
        const first = transact(sender, [record('a')], hasOffsets ? [{ lease, offset: 1n }] : [])
        const late = await seen
        expect(await first).toBe(hasOffsets ? 'MILLRACE_TRANSACTION_ABORTED' : 'committed')
        const before = hasOffsets ? [] : ['a']
        const second = sender.begin()
        await second.send(record('b'))
        late.release()
        await late.passed
        await second.send(record('c'))
        expect(await stored()).toEqual(before)
        expect(await second.commit().then(() => 'committed', codeOf)).toBe('committed')
        expect(await stored()).toEqual([...before, 'b', 'c'])
      } finally {
        await leaveAll()
      }
    },
  )
})
