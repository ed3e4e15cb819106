import { uniqueName } from '@millrace/testing'
import kafkajs from 'kafkajs'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { type HandledRecord, memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { bareConsumer, bareProducer } from './test-support/bare-kafkajs.js'

const RECORDS = 200_000
const MB = 1024 * 1024
/** Above the 64 MiB that one batch may inflate to. */
const BOMB_MB = 80

describeWithBroker('K30: a batch of 200,000 records is read, and a bomb is not', (broker) => {
  const { bootstrap, admin, probe } = broker
  const { setup, leaveAll } = createDriverSetup(broker)
  const [large, bomb] = [uniqueName('large'), uniqueName('bomb')]

  beforeAll(async () => {
    await admin.createTopic(large, { configs: { 'max.message.bytes': String(32 * MB) } })
    await admin.createTopic(bomb)
    const properties = { 'batch.size': String(32 * MB) }
    const records = Array.from({ length: RECORDS }, () => ({ value: 'x' }))
    await probe.produce(large, records, { properties })
  })
  afterEach(leaveAll)

  test('red on bare kafkajs: a RangeError ends the consumer for good', async () => {
    const bare = await bareConsumer({ brokers: bootstrap, topics: [large], group: uniqueName('readers') })
    await expect.poll(() => bare.crashes).toMatchObject([{ restart: false, error: { message: /call stack/ } }])
    expect(bare.records).toEqual([])
  })

  test('red on bare kafkajs: less than 1 MiB was asked for, and all that it inflates to is handed over', async () => {
    const producer = await bareProducer(bootstrap)
    const messages = Array.from({ length: BOMB_MB }, () => ({ value: Buffer.alloc(MB) }))
    await producer.send({ topic: bomb, messages, compression: kafkajs.CompressionTypes.GZIP })
    let bytes = 0
    await bareConsumer({
      brokers: bootstrap,
      topics: [bomb],
      group: uniqueName('readers'),
      run: {
        eachBatch: async ({ batch }) => {
          bytes = batch.messages.reduce((sum, { value }) => sum + (value?.length ?? 0), 0)
        },
      },
    })
    await expect.poll(() => bytes).toBe(BOMB_MB * MB)
  })

  test('green: all records, once each', async () => {
    const { driver, group } = await setup()
    // Heartbeats have their turn between two thousands.
    const handle = async ({ offset }: HandledRecord) => {
      if (offset % 1000n === 0n) await new Promise((resolve) => setImmediate(resolve))
    }
    const pipeline = new ScriptedPipeline(driver, memberOptions(group, [large]), { handle })
    await pipeline.when('all', ({ handled }) => handled.length >= RECORDS)
    await pipeline.leave()
    expect(pipeline.handled.length).toBe(RECORDS)
    expect(await admin.committed(group)).toMatchObject([{ offset: BigInt(RECORDS) }])
  })

  test('green: the bomb fails its partition, which says so, and the other topic flows', async () => {
    const { driver, group, topic, produce } = await setup(1)
    await produce(10)
    const pipeline = new ScriptedPipeline(driver, memberOptions(group, [bomb, topic]))
    await pipeline.when('the event', ({ events }) => events.length > 0)
    await pipeline.when('the healthy one', ({ handled }) => handled.length === 10)
    await pipeline.leave()
    const error = { message: expect.stringContaining('a gzip payload of more than') }
    expect(pipeline.events).toMatchObject([{ name: 'partition.failed', topic: bomb, partition: 0, error }])
    expect((await admin.committed(group)).map(({ topic: named }) => named)).toEqual([topic])
  })

  // The bomb stays where it is read by nobody else.
  afterAll(() => admin.deleteTopic(bomb))
})
