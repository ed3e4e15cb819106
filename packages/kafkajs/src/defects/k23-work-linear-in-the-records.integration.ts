import { monitorEventLoopDelay } from 'node:perf_hooks'
import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, onTestFinished, test } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { bareProducer } from './test-support/bare-kafkajs.js'

const value = Buffer.alloc(20, 'v')

/** The longest time for which the event loop stood still, ms. */
async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  await new Promise((resolve) => setTimeout(resolve, 20)) // the histogram has its first sample
  await work()
  await new Promise((resolve) => setTimeout(resolve, 20)) // and the last
  delay.disable()
  return delay.max / 1e6
}

describeWithBroker('K23: a burst of records costs time in proportion', ({ bootstrap, admin, probe }) => {
  const newTopic = async () => {
    const topic = uniqueName('burst')
    await admin.createTopic(topic)
    return topic
  }
  const bareBlock = async (records: number): Promise<number> => {
    const topic = await newTopic()
    const producer = await bareProducer(bootstrap)
    const messages = Array.from({ length: records }, () => ({ partition: 0, value }))
    return longestBlock(() => producer.send({ topic, messages }))
  }

  test('red on bare kafkajs: four times the records block the event loop far more than four times as long', async () => {
    await bareBlock(100) // whatever is compiled on the first use
    const [few, many] = [await bareBlock(4_000), await bareBlock(16_000)]
    expect(many / few).toBeGreaterThan(8)
  })

  test('green: twice as many of ours, sent in one turn, block it for less than half as long', async () => {
    const bare = await bareBlock(16_000)
    const topic = await newTopic()
    const sender = await createKafkajsDriver({ brokers: bootstrap }).openSender()
    onTestFinished(() => sender.close())
    await sender.send({ topic, partition: 0, key: null, value })
    const ours = await longestBlock(() =>
      Promise.all(Array.from({ length: 32_000 }, () => sender.send({ topic, partition: 0, key: null, value }))),
    )
    expect(ours).toBeLessThan(bare / 2)
    expect(await probe.read(topic)).toHaveLength(32_001)
  })
})
