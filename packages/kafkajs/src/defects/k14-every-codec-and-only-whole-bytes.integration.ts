import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'
import { storedLog } from './test-support/stored-log.js'

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const

describeWithBroker('K14: every codec is read, and bytes that changed on the way are not', (broker) => {
  const { bootstrap, admin, probe, lacks } = broker
  const { setup, leaveAll } = createDriverSetup(broker)
  afterEach(leaveAll)

  test.skipIf(lacks('recompression'))(
    'red on bare kafkajs: one topic with compression.type=zstd ends the consumer of both for good',
    async () => {
      const [squeezed, healthy] = [uniqueName('squeezed'), uniqueName('healthy')]
      await admin.createTopic(squeezed, { configs: { 'compression.type': 'zstd' } })
      await admin.createTopic(healthy)
      for (const topic of [squeezed, healthy]) await probe.produce(topic, [{ value: topic }])
      const topics = [squeezed, healthy]
      const bare = await bareConsumer({ brokers: bootstrap, topics, group: uniqueName('readers') })
      await expect
        .poll(() => bare.crashes)
        .toMatchObject([{ restart: false, error: { name: 'KafkaJSNotImplemented' } }])
      expect(bare.records).toEqual([])
    },
  )

  test.skipIf(lacks('log files'))(
    'red on bare kafkajs: a byte that changed on disk is handed over as if it were the record',
    async () => {
      const topic = uniqueName('changed')
      await admin.createTopic(topic)
      await probe.produce(topic, [{ value: 'pay 100' }])
      await changeByte(bootstrap, topic)
      const bare = await bareConsumer({ brokers: bootstrap, topics: [topic], group: uniqueName('readers') })
      await expect.poll(() => bare.records.map(({ value }) => value)).toEqual(['pay 900'])
    },
  )

  test.skipIf(lacks('recompression')).each(CODECS)(
    'green: a topic with compression.type=%s, from a producer that does not compress',
    async (codec) => {
      const { topic, join } = await setup(1)
      await admin.alterTopic(topic, { 'compression.type': codec })
      const values = Array.from({ length: 100 }, (_, index) => `order ${index} ${'o'.repeat(100)}`)
      await probe.produce(
        topic,
        values.map((value) => ({ value })),
      )
      const pipeline = join()
      await pipeline.when('all', ({ handled }) => handled.length === values.length)
      expect(pipeline.handled.map(({ value }) => value)).toEqual(values)
      expect(pipeline.events).toEqual([])
    },
  )

  test.skipIf(lacks('log files'))('green: a byte that changed on disk fails its partition, which says so', async () => {
    const { topic, group, join } = await setup(1)
    await probe.produce(topic, [{ value: 'pay 100' }])
    await changeByte(bootstrap, topic)
    const pipeline = join()
    await pipeline.when('the event', ({ events }) => events.length > 0)
    expect(pipeline.events).toMatchObject([
      { name: 'partition.failed', topic, error: { message: expect.stringContaining('CRC-32C') } },
    ])
    expect(pipeline.handled).toEqual([])
    await pipeline.leave()
    expect(await admin.committed(group)).toEqual([])
  })
})

async function changeByte(brokers: readonly string[], topic: string): Promise<void> {
  const log = await storedLog(brokers, topic)
  const bytes = await log.read()
  bytes[bytes.indexOf('100')] = '9'.charCodeAt(0)
  await log.write(bytes)
}
