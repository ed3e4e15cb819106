import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { ownBrokerBehindProxy } from '../test-support/own-broker-behind-proxy.js'
import { createTransactionStages, transact } from '../transact/test-support/transaction-stage.js'
import { bareProducer } from './test-support/bare-kafkajs.js'

// These tests hurt a broker of their own.
describeWithBroker(
  'K3: what became of a transaction whose end was not answered is found out, and the producer goes on',
  (broker) => {
    const own = ownBrokerBehindProxy(broker)
    afterEach(() => own().proxy.heal())

    test('red on bare kafkajs: commit() rejects although the broker has committed, and the producer is stuck for ever', async () => {
      const { admin, probe, proxy, bootstrap } = own()
      const topic = uniqueName('invoices')
      await admin.createTopic(topic)
      const retry = { initialRetryTime: 5, maxRetryTime: 200, retries: 5 }
      const producer = await bareProducer(bootstrap, {
        transactionalId: uniqueName('tx'),
        maxInFlightRequests: 1,
        retry,
      })
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value: 'a' }] })
      proxy.dropAnswers({ api: 'EndTxn' })
      await expect(transaction.commit()).rejects.toThrow()
      // The broker writes its markers behind the answer.
      await expect.poll(async () => (await probe.read(topic)).map(({ value }) => String(value))).toEqual(['a'])

      await expect(transaction.commit()).rejects.toThrow()
      await expect(transaction.abort()).rejects.toThrow()
      await expect(producer.transaction()).rejects.toThrow()
      await producer.disconnect()
      await producer.connect()
      await expect(producer.transaction()).rejects.toThrow()
    })

    test.each([
      ['after', 'answer', 'committed', ['a', 'b'], 2n],
      ['before', 'request', 'MILLRACE_TRANSACTION_ABORTED', ['b'], 2n],
    ] as const)(
      'green: cut %s the broker has seen it (the %s is lost): %s, and the next one is committed',
      async (_when, what, end, values, offset) => {
        const { stage, leaveAll } = createTransactionStages(own())
        try {
          const { open, hold, record, stored, committed } = await stage()
          const { member, lease } = await hold(2)
          const sender = await open()
          if (what === 'answer') own().proxy.dropAnswers({ api: 'EndTxn' })
          else own().proxy.dropRequests({ api: 'EndTxn' })
          expect(await transact(sender, [record('a')], [{ lease, offset: 1n }])).toBe(end)
          expect(await committed()).toBe(end === 'committed' ? 1n : undefined)
          expect(await transact(sender, [record('b')], [{ lease, offset: 2n }])).toBe('committed')
          expect([await stored(), await committed()]).toEqual([values, offset])
          expect([lease.isLive, member.fatal]).toEqual([true, []])
        } finally {
          await leaveAll()
        }
      },
    )
  },
)
