import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, onTestFinished, test } from 'vitest'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { bareProducer } from './test-support/bare-kafkajs.js'
import { METADATA, PRODUCE } from './test-support/two-face-connection.js'
import { openTwoFaces } from './test-support/two-faces.js'

describeWithBroker(
  'K35: a leader that no longer answers is left after one request time-out, and its successor is found',
  ({ bootstrap, admin, probe }) => {
    async function stage() {
      const topic = uniqueName('frozen')
      await admin.createTopic(topic)
      const faces = await openTwoFaces(bootstrap)
      onTestFinished(() => faces.close())
      faces.lead(topic, 0, 2)
      /** Node 2 stops while it leads; node 1 leads now, and says so to whoever asks. */
      const freezeLeader = () => {
        faces.freeze(2)
        faces.lead(topic, 0, 1)
      }
      const metadataAsked = () => faces.asked(1, METADATA) + faces.asked(2, METADATA)
      return { topic, faces, freezeLeader, metadataAsked }
    }

    test('red on bare kafkajs: it sends to the frozen leader again and again and asks nobody who leads', async () => {
      const { topic, faces, freezeLeader, metadataAsked } = await stage()
      const retry = { initialRetryTime: 20, maxRetryTime: 50, retries: 1_000 }
      const producer = await bareProducer(faces.bootstrap, {}, { requestTimeout: 300, retry })
      const send = (value: string) => producer.send({ topic, messages: [{ partition: 0, value }] })
      await send('before')
      const [sentBefore, metadataBefore] = [faces.asked(2, PRODUCE), metadataAsked()]
      freezeLeader()
      const outcome = send('during').catch(() => 'the test is over')
      await expect.poll(() => faces.asked(2, PRODUCE) - sentBefore).toBeGreaterThan(4)
      expect([faces.asked(1, PRODUCE), metadataAsked() - metadataBefore]).toEqual([0, 0])
      await producer.disconnect()
      void outcome
    })

    test('green: one batch is lost to it; the same batch is stored once by its successor', async () => {
      const { topic, faces, freezeLeader } = await stage()
      const sender = await createKafkajsDriver({ brokers: faces.bootstrap }).openSender({ deliveryTimeoutMs: 9_000 })
      onTestFinished(() => sender.close())
      const send = (value: string) => sender.send({ topic, partition: 0, key: null, value: Buffer.from(value) })
      await send('before')
      const sentBefore = faces.asked(2, PRODUCE)
      freezeLeader()
      expect(await send('during')).toMatchObject({ offset: 1n })
      expect([faces.asked(2, PRODUCE) - sentBefore, faces.asked(1, PRODUCE)]).toEqual([1, 1])
      expect(await send('after')).toMatchObject({ offset: 2n })
      expect((await probe.read(topic)).map(({ value }) => String(value))).toEqual(['before', 'during', 'after'])
    })

    test('green: a member reads on at its successor, long before it gives the late answer up', async () => {
      const { topic, faces, freezeLeader } = await stage()
      const driver = createKafkajsDriver({ brokers: faces.bootstrap })
      const member = new ScriptedPipeline(driver, memberOptions(uniqueName('billing'), [topic]))
      onTestFinished(() => member.leave())
      await probe.produce(topic, [{ partition: 0, value: 'before' }])
      await member.when('the first record', ({ handled }) => handled.length === 1)
      freezeLeader()
      await probe.produce(topic, [{ partition: 0, value: 'during' }])
      await expect.poll(() => member.handled.length, { timeout: 8_000 }).toBe(2)
      expect([member.assignments.length, member.fatal]).toEqual([1, []])
    })
  },
)
