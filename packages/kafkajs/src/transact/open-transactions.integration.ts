import { type LeaseCommit, type OutgoingRecord, type TransactionOptions } from '@millrace/core'
import { type SharedBroker, uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'

const { signal } = new AbortController()

const record = (topic: string, value: string, partition = 0): OutgoingRecord => ({
  topic,
  partition,
  key: null,
  value: Buffer.from(value),
})

describeWithBroker('a transactional producer', (broker: SharedBroker) => {
  const { admin, probe } = broker
  const { setup, leaveAll } = createDriverSetup(broker)
  afterEach(leaveAll)

  async function stage(options: Partial<TransactionOptions> = {}) {
    const base = await setup(1)
    const sink = uniqueName('invoices')
    await admin.createTopic(sink, { partitions: 2 })
    const transactionalId = uniqueName('tx')
    const open = async () => {
      const sender = await base.driver.openTransactions(
        { transactionalId, transactionTimeoutMs: 15_000, ...options },
        signal,
      )
      onTestFinished(() => sender.close())
      return sender
    }
    const stored = async () => (await probe.read(sink)).map(({ value }) => String(value))
    return { ...base, sink, transactionalId, open, stored }
  }

  test('makes records of several partitions visible together, or not at all', async () => {
    const { sink, open, stored } = await stage()
    const sender = await open()
    const first = sender.begin()
    const sent = [first.send(record(sink, 'a')), first.send(record(sink, 'b', 1)), first.send(record(sink, 'c'))]
    expect((await Promise.all(sent)).map(({ partition, offset }) => [partition, offset])).toEqual([
      [0, 0n],
      [1, 0n],
      [0, 1n],
    ])
    expect(await stored()).toEqual([])
    await first.commit()
    expect(await stored()).toEqual(['a', 'c', 'b'])

    const second = sender.begin()
    await second.send(record(sink, 'd'))
    await second.abort()
    const third = sender.begin()
    void third.send(record(sink, 'e'))
    await third.commit()
    expect(await stored()).toEqual(['a', 'c', 'e', 'b'])
  })

  test('commits the offsets of its leases with its records', async () => {
    const { topic, group, join, produce, sink, open, stored } = await stage()
    await produce(3)
    const member = join({}, { commitEveryMs: 1_000_000, onRevoked: () => undefined })
    await member.when('its records', ({ handled }) => handled.length === 3)
    const [lease] = member.leases
    if (lease === undefined) throw new Error('no lease')
    const commits: readonly LeaseCommit[] = [{ lease, offset: 2n, metadata: 'm' }]
    const sender = await open()
    const transaction = sender.begin()
    void transaction.send(record(sink, 'a'))
    await transaction.commit(commits, signal)
    expect(await admin.committed(group)).toMatchObject([{ topic, partition: 0, offset: 2n }])
    expect(await stored()).toEqual(['a'])

    const aborted = sender.begin()
    await aborted.send(record(sink, 'b'))
    await aborted.abort()
    expect(await admin.committed(group)).toMatchObject([{ offset: 2n }])
  })
})
