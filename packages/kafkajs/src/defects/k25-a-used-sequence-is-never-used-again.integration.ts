import { isMillraceError } from '@millrace/core'
import { createKafkaAdmin, isUnavailable, type JavaProbe, startBrokerBehindProxy, uniqueName } from '@millrace/testing'
import type { BrokerBehindProxy } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { bareProducer } from './test-support/bare-kafkajs.js'

const codeOf = (error: unknown): string => (isMillraceError(error) ? error.code : String(error))

// A broker of its own: answers to Produce are lost.
describeWithBroker(
  'K25: after a send whose outcome is unknown, the next record is never taken for it',
  ({ probeOf }) => {
    let behind: BrokerBehindProxy
    let probe: JavaProbe

    beforeAll(async () => {
      const started = await startBrokerBehindProxy()
      if (isUnavailable(started)) throw new Error(started.unavailable)
      behind = started
      probe = probeOf(started.broker.bootstrap)
    })
    afterAll(async () => {
      await probe?.close()
      await behind?.stop()
    })

    async function stage() {
      const topic = uniqueName('in-doubt')
      await createKafkaAdmin(probe).createTopic(topic)
      const stored = async () => (await probe.read(topic)).map(({ value }) => String(value))
      return { topic, stored, loseAnswers: () => behind.proxy.dropAnswers({ api: 'Produce', times: 1_000 }) }
    }

    test('red on bare kafkajs: the next send() resolves with the offset of the first and is not stored', async () => {
      const { topic, stored, loseAnswers } = await stage()
      const retry = { retries: 2, initialRetryTime: 20, maxRetryTime: 50 }
      const producer = await bareProducer(behind.bootstrap, { idempotent: true, retry })
      const send = (value: string) => producer.send({ topic, messages: [{ partition: 0, value }] })
      await send('before')
      const lost = loseAnswers()
      await expect(send('first')).rejects.toThrow()
      lost.end()
      expect(lost.fired).toBeGreaterThan(0)
      expect(await send('second')).toMatchObject([{ errorCode: 0, baseOffset: '1' }])
      expect(await stored()).toEqual(['before', 'first'])
    })

    test('green: the first is unknown, the next is stored under a new producer id', async () => {
      const { topic, stored, loseAnswers } = await stage()
      const sender = await createKafkajsDriver({ brokers: behind.bootstrap }).openSender({ deliveryTimeoutMs: 1_500 })
      onTestFinished(() => sender.close())
      const send = (value: string) => sender.send({ topic, partition: 0, key: null, value: Buffer.from(value) })
      await send('before')
      const idsBefore = behind.proxy.seen.get('InitProducerId') ?? 0
      const lost = loseAnswers()
      expect(await send('first').catch(codeOf)).toBe('MILLRACE_PRODUCE_UNKNOWN')
      lost.end()
      expect(lost.fired).toBeGreaterThan(1) // the same batch was repeated
      expect(await send('second')).toMatchObject({ offset: 2n })
      expect(await stored()).toEqual(['before', 'first', 'second'])
      expect((behind.proxy.seen.get('InitProducerId') ?? 0) - idsBefore).toBe(1)
    })
  },
)
