import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, onTestFinished, test } from 'vitest'
import { createGuardedDriver } from '../create-guarded-driver.js'
import type { Guard } from '../guards/guard.js'
import { guards } from '../guards/guards.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'
import { guardsWithout } from './test-support/guards-without.js'

const never = new AbortController().signal

describeWithBroker(
  'K20: a topic that is deleted or does not exist stops no other topic',
  ({ bootstrap, admin, probe }) => {
    async function stage() {
      const [doomed, healthy] = [uniqueName('doomed'), uniqueName('healthy')]
      await Promise.all([doomed, healthy].map((topic) => admin.createTopic(topic)))
      const group = uniqueName('billing')
      const produce = (topic: string, count: number) =>
        probe.produce(
          topic,
          Array.from({ length: count }, () => ({ partition: 0, value: topic })),
        )
      await Promise.all([produce(doomed, 5), produce(healthy, 5)])
      return { doomed, healthy, group, topics: [doomed, healthy], produce }
    }
    const found = async (names: readonly string[], chosen: readonly Guard[]): Promise<readonly string[]> => {
      const driver = createGuardedDriver({ brokers: bootstrap, connectLimitMs: 500 }, chosen)
      return [...(await driver.describeTopics(names, never)).keys()]
    }

    test('red on bare kafkajs: the consumer of both crashes', async () => {
      const { doomed, healthy, topics, group, produce } = await stage()
      const retry = { retries: 1, initialRetryTime: 50, maxRetryTime: 50 }
      const bare = await bareConsumer({ brokers: bootstrap, topics, group, consumer: { retry } })
      await expect.poll(() => bare.records.length).toBe(10)
      await admin.deleteTopic(doomed)
      await expect.poll(() => bare.crashes.length).toBeGreaterThan(1)
      await produce(healthy, 20)
      const crashes = bare.crashes.length
      await expect.poll(() => bare.crashes.length).toBeGreaterThan(crashes + 1)
      expect(bare.records.length).toBe(10)
    })

    test('red without local-topic-errors: a look-up of a topic that exists fails with one that does not', async () => {
      const { healthy } = await stage()
      const names = [healthy, uniqueName('not-there')]
      await expect(found(names, guardsWithout('local-topic-errors'))).rejects.toMatchObject({
        code: 'MILLRACE_DRIVER_UNREACHABLE',
        cause: { message: expect.stringContaining('does not host this topic') },
      })
    })

    test('green: the look-up describes the one that exists', async () => {
      const { healthy } = await stage()
      expect(await found([healthy, uniqueName('not-there')], guards)).toEqual([healthy])
    })

    test('green: one event, no rejoin, the other topic flows and is committed', async () => {
      const { doomed, healthy, topics, group, produce } = await stage()
      const driver = createGuardedDriver({ brokers: bootstrap }, guards)
      const pipeline = new ScriptedPipeline(driver, memberOptions(group, topics))
      onTestFinished(() => pipeline.leave())
      await pipeline.when('both', ({ handled }) => handled.length === 10)
      await admin.deleteTopic(doomed)
      await pipeline.when('the event', ({ events }) => events.length > 0)
      await produce(healthy, 20)
      await pipeline.when('the healthy one', ({ handled }) => handled.length === 30)
      await pipeline.commit()

      const error = { code: 'MILLRACE_DRIVER_PARTITION_FAILED', cause: expect.any(Error) }
      expect(pipeline.events).toMatchObject([{ name: 'partition.failed', topic: doomed, partition: 0, error }])
      expect(pipeline.fatal).toEqual([])
      expect(pipeline.commitErrors).toEqual([])
      expect(pipeline.assignments.length).toBe(1)
      const committed = await admin.committed(group)
      expect(committed).toContainEqual(expect.objectContaining({ topic: healthy, offset: 25n }))
    })

    test('green: a transaction with offsets of both is committed', async () => {
      const { doomed, healthy, topics, group } = await stage()
      const driver = createGuardedDriver({ brokers: bootstrap }, guards)
      const onRevoked = () => Promise.resolve()
      const pipeline = new ScriptedPipeline(driver, memberOptions(group, topics), {
        commitEveryMs: 1_000_000,
        onRevoked,
      })
      onTestFinished(() => pipeline.leave())
      await pipeline.when('both', ({ handled }) => handled.length === 10)
      const options = { transactionalId: uniqueName('tx'), transactionTimeoutMs: 15_000 }
      const sender = await driver.openTransactions(options, AbortSignal.timeout(60_000))
      onTestFinished(() => sender.close())
      const commits = pipeline.leases.map((lease) => ({ lease, offset: 5n }))
      expect(commits.length).toBe(2)
      await admin.deleteTopic(doomed)
      await sender.begin().commit(commits)
      // Visible once its marker is written, which the answer does not wait for.
      await expect.poll(() => admin.committed(group)).toMatchObject([{ topic: healthy, offset: 5n }])
    })

    test('green: what a transaction sends to it is refused by name, and the rest is not held up', async () => {
      const { doomed, healthy } = await stage()
      const driver = createGuardedDriver({ brokers: bootstrap }, guards)
      const options = { transactionalId: uniqueName('tx'), transactionTimeoutMs: 60_000 }
      const sender = await driver.openTransactions(options, AbortSignal.timeout(60_000))
      onTestFinished(() => sender.close())
      const record = (topic: string) => ({ topic, partition: 0, key: null, value: Buffer.from('a') })
      const first = sender.begin()
      await Promise.all([first.send(record(doomed)), first.send(record(healthy))])
      await first.commit()
      await admin.deleteTopic(doomed)

      const startedAt = performance.now()
      const second = sender.begin()
      const sent = [doomed, healthy].map((topic) => second.send(record(topic)))
      expect(await Promise.allSettled(sent)).toMatchObject([
        { status: 'rejected', reason: { code: 'MILLRACE_PRODUCE_REFUSED', message: expect.stringContaining(doomed) } },
        { status: 'fulfilled' },
      ])
      expect(performance.now() - startedAt).toBeLessThan(5_000)
      await expect(second.commit()).rejects.toMatchObject({ code: 'MILLRACE_TRANSACTION_ABORTED' })
      const third = sender.begin()
      await third.send(record(healthy))
      await third.commit()
    })
  },
)
