import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import kafkajs from 'kafkajs'
import { expect, onTestFinished, test } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { bareProducer } from './test-support/bare-kafkajs.js'
import { openTwoFaces } from './test-support/two-faces.js'

const perPartition = 10

describeWithBroker(
  'K5: records for two leaders, one of which has moved to the other, are all stored before they are acknowledged',
  ({ bootstrap, admin, probe }) => {
    /** Partition 0 led by node 1, partition 1 by node 2, both known to whoever sent `warm-up`; then node 1 leads both. */
    async function stage() {
      const topic = uniqueName('moved')
      await admin.createTopic(topic, { partitions: 2 })
      const faces = await openTwoFaces(bootstrap)
      onTestFinished(() => faces.close())
      faces.lead(topic, 1, 2)
      const messages = Array.from({ length: 2 * perPartition }, (_, number) => ({
        partition: number % 2,
        value: `${number}`,
      }))
      return { topic, faces, messages }
    }

    test.each([
      ['plain', {}],
      ['idempotent', { idempotent: true }],
    ])('red on bare kafkajs: half of what one send() resolved for is lost: %s', async (_name, config) => {
      const { topic, faces, messages } = await stage()
      const producer = await bareProducer(faces.bootstrap, {
        ...config,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      })
      await producer.send({ topic, messages: [0, 1].map((partition) => ({ partition, value: 'warm-up' })) })
      faces.lead(topic, 1, 1)
      const result = await producer.send({ topic, messages })
      expect(result.map(({ partition }) => partition)).toEqual([0])
      const lost = 2 + messages.length - (await probe.read(topic)).length
      expect(lost).toBe(perPartition)
    })

    test('green: every record is stored once, in order, and named by its own report', async () => {
      const { topic, faces, messages } = await stage()
      const sender = await createKafkajsDriver({ brokers: faces.bootstrap }).openSender()
      onTestFinished(() => sender.close())
      const send = (partition: number, value: string) =>
        sender.send({ topic, partition, key: null, value: Buffer.from(value) })
      await Promise.all([0, 1].map((partition) => send(partition, 'warm-up')))
      faces.lead(topic, 1, 1)
      const reports = await Promise.all(messages.map(({ partition, value }) => send(partition, value)))
      expect(faces.refused).toBeGreaterThan(0)
      const stored = await probe.read(topic)
      expect(stored.length).toBe(2 + messages.length)
      const byPlace = new Map(stored.map(({ partition, offset, value }) => [`${partition}@${offset}`, String(value)]))
      expect(reports.map(({ partition, offset }) => byPlace.get(`${partition}@${offset}`))).toEqual(
        messages.map(({ value }) => value),
      )
      for (const partition of [0, 1]) {
        expect(stored.flatMap((one) => (one.partition === partition ? [String(one.value)] : []))).toEqual([
          'warm-up',
          ...messages.flatMap((one) => (one.partition === partition ? [one.value] : [])),
        ])
      }
    })
  },
)
