import { fail, isMillraceError, silentLogger } from '@millrace/core'
import { createScriptedDriver, type ScriptedDriver } from '@millrace/testing'
import { describe, expect, it } from 'vitest'
import { createProducer, createTopicAdmin, fromEnv, topic, utf8 } from './index.js'

const Orders = topic(fromEnv('ORDERS_TOPIC', 'orders.v1'), { key: utf8, value: utf8 })

const setup = () => {
  const scripted = createScriptedDriver({ createTopics: { partitions: 1 } })
  scripted.createTopic('dev.orders.v2', { partitions: 1 })
  scripted.createTopic('orders.v1', { partitions: 1 })
  let opened = 0
  let closed = 0
  let refusals = 0
  const driver: ScriptedDriver = {
    ...scripted,
    async openSender(options) {
      opened += 1
      if (refusals-- > 0) throw fail('MILLRACE_DRIVER_UNREACHABLE', { brokers: 'b:9092', tries: 1 })
      return scripted.openSender(options)
    },
    async close() {
      closed += 1
      await scripted.close()
    },
  }
  const refuse = (times: number) => void (refusals = times)
  return { driver, refuse, counts: () => ({ opened, closed }) }
}

const rejectionOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  )

describe('a producer', () => {
  it('sends typed messages to the topic that prefix and environment name', async () => {
    const { driver } = setup()
    const env = { ORDERS_TOPIC: 'orders.v2' }
    const orders = createProducer(Orders, { driver, env, topicPrefix: 'dev.', logger: silentLogger })
    const report = await orders.send({ key: 'a', value: 'one', headers: { source: 'api' } })
    expect(report).toMatchObject({ topic: 'dev.orders.v2', partition: 0, offset: 0n })
    expect(driver.records('dev.orders.v2')).toHaveLength(1)
    await orders.flush({ timeout: '1s' })
    await orders.close()
  })

  it('connects at the first record, once, and closes what it opened', async () => {
    const { driver, counts } = setup()
    const orders = createProducer(Orders, { driver, env: {}, logger: silentLogger })
    await orders.flush()
    expect(counts()).toEqual({ opened: 0, closed: 0 })
    await Promise.all([orders.send({ key: 'a', value: '1' }), orders.send({ key: 'a', value: '2' })])
    await orders.send({ key: 'a', value: '3' })
    await orders.close()
    await orders.close()
    expect(counts()).toEqual({ opened: 1, closed: 1 })
    expect(isMillraceError(await rejectionOf(orders.send({ key: 'a', value: '4' })), 'MILLRACE_PRODUCE_CLOSED')).toBe(
      true,
    )
  })

  it('tries to connect again after Kafka was away', async () => {
    const { driver, refuse, counts } = setup()
    const orders = createProducer(Orders, { driver, env: {}, logger: silentLogger })
    refuse(1)
    const refused = await rejectionOf(orders.send({ key: 'a', value: '1' }))
    expect(isMillraceError(refused, 'MILLRACE_DRIVER_UNREACHABLE')).toBe(true)
    expect(await orders.send({ key: 'a', value: '2' })).toMatchObject({ offset: 0n })
    expect(counts().opened).toBe(2)
    await orders.close()
  })

  it('closes its driver even if it never connected', async () => {
    const { driver, refuse, counts } = setup()
    refuse(9)
    const orders = createProducer(Orders, { driver, env: {}, logger: silentLogger })
    await rejectionOf(orders.send({ key: 'a', value: '1' }))
    await orders.close()
    expect(counts().closed).toBe(1)
  })

  it('names all that is wrong with its options, and with the environment, at once', () => {
    const options = { linger: '1h', maxBatchBytes: '1B' } as const
    expect(() => createProducer(Orders, { ...options, env: {} })).toThrow(/linger[^]*maxBatchBytes/)
    expect(() => createProducer(Orders, { env: { KAFKA_SECURITY_PROTOCOL: 'x' } })).toThrow(
      /KAFKA_BROKERS[^]*KAFKA_SECURITY_PROTOCOL/,
    )
  })
})

describe('the topic admin', () => {
  it('needs the same connection settings', () => {
    expect(() => createTopicAdmin({ env: {} })).toThrow(/KAFKA_BROKERS/)
  })

  it('tells within its limit that nobody answers', async () => {
    const env = { KAFKA_BROKERS: '127.0.0.1:1' }
    const admin = createTopicAdmin({ env, connectTimeout: '300ms', logger: silentLogger })
    const thrown = await rejectionOf(admin.describe(['orders.v1']))
    expect(isMillraceError(thrown, 'MILLRACE_DRIVER_UNREACHABLE')).toBe(true)
    await admin.close()
  })
})
