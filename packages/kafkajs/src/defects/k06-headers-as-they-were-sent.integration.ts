import type { RawHeader } from '@millrace/core'
import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, onTestFinished, test } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { bareProducer } from './test-support/bare-kafkajs.js'

const header = (name: string, value: string | null): RawHeader => [
  Buffer.from(name),
  value === null ? null : Buffer.from(value),
]

describeWithBroker(
  'K6: the headers of a record are stored as they were sent: order, repetition, null',
  ({ bootstrap, admin, probe }) => {
    async function stage() {
      const topic = uniqueName('headers')
      await admin.createTopic(topic)
      const names = async () =>
        (await probe.read(topic)).map(({ headers }) => headers.map(([name]) => String(name)).join(' '))
      return { topic, names }
    }

    test('red on bare kafkajs: a header without a value can not be sent', async () => {
      const { topic, names } = await stage()
      const producer = await bareProducer(bootstrap)
      // Kafka has null values, and so has what a consumer of kafkajs hands on; its types for sending do not.
      const headers = JSON.parse('{ "deleted": null }')
      await expect(producer.send({ topic, messages: [{ value: 'x', headers }] })).rejects.toThrow(TypeError)
      expect(await names()).toEqual([])
    })

    test('red on bare kafkajs: headers that repeat are sorted together, and numbers come first', async () => {
      const { topic, names } = await stage()
      const producer = await bareProducer(bootstrap)
      await producer.send({ topic, messages: [{ value: 'x', headers: { b: ['1', '2'], a: '3', 10: '4' } }] })
      expect(await names()).toEqual(['10 b b a']) // b a b 10 can not be said
    })

    test('green: every header, in its order, null and empty apart, whatever its name', async () => {
      const { topic } = await stage()
      const sender = await createKafkajsDriver({ brokers: bootstrap }).openSender()
      onTestFinished(() => sender.close())
      const headers = [
        header('b', '1'),
        header('a', null),
        header('b', ''),
        header('10', '4'),
        header('__proto__', 'x'),
        header('constructor', 'y'),
        header('', 'no name'),
        header('b', '1'),
      ]
      await sender.send({ topic, key: null, value: Buffer.from('x'), headers })
      expect((await probe.read(topic)).map((record) => record.headers)).toEqual([headers])
    })
  },
)
