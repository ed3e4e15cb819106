import {
  createWorker,
  type ConsumerDefinition,
  defineConsumer,
  exponential,
  handle,
  silentLogger,
  topic,
  transform,
  utf8,
  type WorkerOptions,
} from '@millrace/core'
import {
  isUnavailable,
  type SecuredBroker,
  type SecuredListener,
  securedUsers,
  startSecuredBroker,
  unsecuredToken,
  uniqueName,
} from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createTopicAdmin } from '../admin/topic-admin.js'
import type { KafkajsDriverOptions } from '../kafkajs-driver-options.js'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'

type Security = Pick<KafkajsDriverOptions, 'ssl' | 'sasl'>

const { alice } = securedUsers
const ways: readonly (readonly [string, SecuredListener, (broker: SecuredBroker) => Security])[] = [
  ['PLAIN over TLS', 'SASLTLS', ({ ca }) => ({ ssl: { ca }, sasl: alice })],
  ['SCRAM-SHA-256 over TLS', 'SASLTLS', ({ ca }) => ({ ssl: { ca }, sasl: { ...alice, mechanism: 'scram-sha-256' } })],
  ['SCRAM-SHA-512 over TLS', 'SASLTLS', ({ ca }) => ({ ssl: { ca }, sasl: { ...alice, mechanism: 'scram-sha-512' } })],
  [
    'OAUTHBEARER over TLS',
    'SASLTLS',
    ({ ca }) => ({
      ssl: { ca },
      sasl: { mechanism: 'oauthbearer', token: async () => ({ value: unsecuredToken('alice') }) },
    }),
  ],
  ['TLS', 'TLS', ({ ca }) => ({ ssl: { ca } })],
  ['mutual TLS', 'MTLS', ({ ca, client }) => ({ ssl: { ca, ...client } })],
]

describeWithBroker('one security block', { needs: ['security'] }, ({ probeOf }) => {
  let broker: SecuredBroker
  let probe: ReturnType<typeof probeOf>

  beforeAll(async () => {
    const started = await startSecuredBroker()
    if (isUnavailable(started)) throw new Error(started.unavailable)
    broker = started
    probe = probeOf(broker.bootstrap)
  })
  afterAll(async () => {
    await probe?.close()
    await broker?.stop()
  })

  describe.each(ways)('%s', (_way, listener, securityOf) => {
    const names = { orders: uniqueName('orders'), dead: uniqueName('dead'), out: uniqueName('out') }
    const [Orders, Out] = [
      topic(names.orders, { key: utf8, value: utf8 }),
      topic(names.out, { key: utf8, value: utf8 }),
    ]
    const options = (): KafkajsDriverOptions => ({ brokers: broker.at(listener), ...securityOf(broker) })

    async function run(consumer: ConsumerDefinition): Promise<void> {
      const driver = createKafkajsDriver(options())
      const settings: WorkerOptions = { driver, consumers: [consumer], logger: silentLogger }
      const worker = createWorker(settings)
      onTestFinished(async () => {
        await worker.stop()
        await driver.close()
      })
      await worker.start()
    }

    test('lets the topic admin in', async () => {
      const admin = createTopicAdmin(options())
      onTestFinished(() => admin.close())
      const specs = Object.values(names).map((name) => ({ name, partitions: 1, replication: 1 }))
      expect((await admin.ensureTopics(specs)).map(({ isNew }) => isNew)).toEqual([true, true, true])
    })

    test('lets a sender in', async () => {
      const sender = await createKafkajsDriver(options()).openSender()
      onTestFinished(() => sender.close())
      expect(await sender.send({ topic: names.orders, key: null, value: Buffer.from('mine') })).toMatchObject({
        offset: 0n,
      })
    })

    test('lets a member in', async () => {
      const driver = createKafkajsDriver(options())
      const pipeline = new ScriptedPipeline(driver, memberOptions(uniqueName('readers'), [names.orders]))
      onTestFinished(() => pipeline.leave())
      await pipeline.when('the record', ({ handled }) => handled.some(({ value }) => value === 'mine'))
    })

    test('lets dead letters in', async () => {
      const refuse = handle(Orders, { deadLetter: names.dead, retry: exponential({ attempts: 1 }) }, () => {
        throw new Error('not this one')
      })
      await run(defineConsumer({ group: uniqueName('billing'), handlers: [refuse] }))
      await expect.poll(async () => (await probe.read(names.dead)).map(({ value }) => String(value))).toEqual(['mine'])
    })

    test('lets transactions in', async () => {
      const settings = { to: Out, onExhausted: 'halt' } as const
      const copy = transform(Orders, settings, (value) => ({ key: 'k', value: `${value}, copied` }))
      await run(defineConsumer({ group: uniqueName('copying'), handlers: [copy] }))
      const copies = async () => (await probe.read(names.out)).map(({ value }) => String(value))
      await expect.poll(copies).toEqual(['mine, copied'])
    })
  })
})
