import { isMillraceError } from '@millrace/core'
import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, onTestFinished, test } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { bareProducer } from './test-support/bare-kafkajs.js'
import { INIT_PRODUCER_ID, PRODUCE } from './test-support/two-face-connection.js'
import { openTwoFaces } from './test-support/two-faces.js'

const codeOf = (error: unknown): string => (isMillraceError(error) ? error.code : String(error))

describeWithBroker(
  'K25: after a send whose outcome is unknown, the next record is never taken for it',
  ({ bootstrap, admin, probe }) => {
    async function stage() {
      const topic = uniqueName('in-doubt')
      await admin.createTopic(topic)
      const faces = await openTwoFaces(bootstrap)
      onTestFinished(() => faces.close())
      const asked = (apiKey: number) => faces.asked(1, apiKey) + faces.asked(2, apiKey)
      const stored = async () => (await probe.read(topic)).map(({ value }) => String(value))
      return { topic, faces, asked, stored }
    }

    test('red on bare kafkajs: the next send() resolves with the offset of the first and is not stored', async () => {
      const { topic, faces, stored } = await stage()
      const retry = { retries: 2, initialRetryTime: 20, maxRetryTime: 50 }
      const producer = await bareProducer(faces.bootstrap, { idempotent: true, retry })
      const send = (value: string) => producer.send({ topic, messages: [{ partition: 0, value }] })
      await send('before')
      faces.loseAnswers(true)
      await expect(send('first')).rejects.toThrow()
      faces.loseAnswers(false)
      expect(await send('second')).toMatchObject([{ errorCode: 0, baseOffset: '1' }])
      expect(await stored()).toEqual(['before', 'first'])
    })

    test('green: the first is unknown, the next is stored under a new producer id', async () => {
      const { topic, faces, asked, stored } = await stage()
      const sender = await createKafkajsDriver({ brokers: faces.bootstrap }).openSender({ deliveryTimeoutMs: 1_500 })
      onTestFinished(() => sender.close())
      const send = (value: string) => sender.send({ topic, partition: 0, key: null, value: Buffer.from(value) })
      await send('before')
      faces.loseAnswers(true)
      expect(await send('first').catch(codeOf)).toBe('MILLRACE_PRODUCE_UNKNOWN')
      expect([asked(PRODUCE) > 2, asked(INIT_PRODUCER_ID)]).toEqual([true, 1]) // the same batch was repeated
      faces.loseAnswers(false)
      expect(await send('second')).toMatchObject({ offset: 2n })
      expect(await stored()).toEqual(['before', 'first', 'second'])
      expect(asked(INIT_PRODUCER_ID)).toBe(2)
    })
  },
)
