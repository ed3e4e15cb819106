import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, onTestFinished, test } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { bareProducer } from './test-support/bare-kafkajs.js'

describeWithBroker(
  'K24: a record for a partition that does not exist is refused, never swallowed',
  ({ bootstrap, admin, probe }) => {
    /** As a dead-letter topic with one partition beside a source with two. */
    async function stage() {
      const topic = uniqueName('narrow')
      await admin.createTopic(topic)
      return topic
    }

    test.each([
      ['plain', {}],
      ['idempotent', { idempotent: true }],
    ])('red on bare kafkajs: send() resolves and nothing is stored: %s', async (_name, config) => {
      const topic = await stage()
      const producer = await bareProducer(bootstrap, config)
      expect(await producer.send({ topic, messages: [{ partition: 1, value: 'a dead letter' }] })).toEqual([])
      expect(await probe.read(topic)).toEqual([])
    })

    test('green: it is refused by name, its neighbour is stored, and a partition that is added later takes it', async () => {
      const topic = await stage()
      const sender = await createKafkajsDriver({ brokers: bootstrap }).openSender()
      onTestFinished(() => sender.close())
      const send = (partition: number) =>
        sender.send({ topic, partition, key: null, value: Buffer.from(`to ${partition}`) })
      const [stored, refused] = await Promise.allSettled([send(0), send(1)])
      expect(stored).toMatchObject({ status: 'fulfilled', value: { partition: 0, offset: 0n } })
      expect(refused).toMatchObject({
        status: 'rejected',
        reason: {
          code: 'MILLRACE_PRODUCE_RECORD_INVALID',
          message: expect.stringContaining('the topic has 1 partitions'),
        },
      })
      await admin.addPartitions(topic, 2)
      // The sender looks again at most half a second after somebody sends.
      await expect.poll(() => send(1).then(({ offset }) => offset, String)).toBe(0n)
      expect((await probe.read(topic)).map(({ partition, value }) => `${partition}: ${String(value)}`)).toEqual([
        '0: to 0',
        '1: to 1',
      ])
    })
  },
)
