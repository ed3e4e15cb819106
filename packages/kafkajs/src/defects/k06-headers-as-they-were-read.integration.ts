import type { RawHeader } from '@millrace/core'
import { badHeaderLists, uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { bareConsumer, bareProducer } from './test-support/bare-kafkajs.js'

const INHERITED = ['__proto__', 'constructor', 'toString', 'hasOwnProperty']
/** Names in an order of their own: repeated, and some that look like numbers. */
const ORDERED = ['b', 'a', 'b', '10', '2']
const MANY = 3000

const header = (name: string): readonly [string, string] => [name, `of ${name}`]

describeWithBroker('K6: the headers of a record arrive as they stand in the topic', (broker) => {
  const { bootstrap, probe, admin } = broker
  const { setup, leaveAll } = createDriverSetup(broker)
  afterEach(leaveAll)

  async function bareTopic() {
    const topic = uniqueName('headed')
    await admin.createTopic(topic)
    const bare = await bareConsumer({ brokers: bootstrap, topics: [topic], group: uniqueName('readers') })
    return { topic, bare }
  }

  test('red on bare kafkajs: names that every object has read as a list, and can not be sent on', async () => {
    const { topic, bare } = await bareTopic()
    await probe.produce(topic, [{ value: 'x', headers: INHERITED.map(header) }])
    await expect.poll(() => bare.records.length).toBe(1)
    const headers = bare.records[0]?.headers ?? {}
    expect(headers['constructor']).toEqual([Object, expect.anything()])
    const producer = await bareProducer(bootstrap, { retry: { retries: 0 } })
    await expect(producer.send({ topic, messages: [{ value: 'x', headers }] })).rejects.toThrow(TypeError)
  })

  test('red on bare kafkajs: the order of headers is lost', async () => {
    const { topic, bare } = await bareTopic()
    await probe.produce(topic, [{ value: 'x', headers: ORDERED.map(header) }])
    await expect.poll(() => bare.records.length).toBe(1)
    expect(Object.keys(bare.records[0]?.headers ?? {})).toEqual(['2', '10', 'b', 'a'])
  })

  test('red on bare kafkajs: the work grows with the square of their number', async () => {
    const { topic, bare } = await bareTopic()
    await probe.produce(topic, [{ value: 'first' }])
    await expect.poll(() => bare.records.length).toBe(1)
    const usedMs = await cpuMsOf(async () => {
      await probe.produce(topic, [{ value: 'x', headers: manyHeaders(MANY) }])
      await expect.poll(() => bare.records.length).toBe(2)
    })
    expect(usedMs).toBeGreaterThan(800)
  })

  test.each(badHeaderLists)('green: every byte and the order of $name', async ({ make }) => {
    const { topic, join, driver } = await setup(1)
    const headers = make()
    const sender = await driver.openSender()
    await sender.send({ topic, key: null, value: Buffer.from('x'), headers, partition: 0 })
    await sender.close()
    const pipeline = join()
    await pipeline.when('the record', ({ handled }) => handled.length === 1)
    const records = pipeline.batches.flatMap(({ batch }) => batch.records)
    expect(textOf(records[0]?.headers ?? [])).toEqual(textOf(headers))
    // Java decodes names as text, so it is asked about the names that are text.
    const seen = (await probe.read(topic))[0]?.headers ?? []
    expect(seen.map(([, value]) => value)).toEqual(headers.map(([, value]) => value))
  })

  test('green: the work grows with their number', async () => {
    const { topic, join, produce } = await setup(1)
    const pipeline = join()
    await produce(1)
    await pipeline.when('the first', ({ handled }) => handled.length === 1)
    const usedMs = await cpuMsOf(async () => {
      await probe.produce(topic, [{ value: 'x', headers: manyHeaders(MANY) }])
      await pipeline.when('the second', ({ handled }) => handled.length === 2)
    })
    const [record] = pipeline.batches.at(-1)?.batch.records ?? []
    expect(record?.headers.length).toBe(MANY)
    expect(usedMs).toBeLessThan(400)
  })
})

const manyHeaders = (count: number): (readonly [string, string])[] =>
  Array.from({ length: count }, (_, index) => header(`h${index}`))

const textOf = (headers: readonly RawHeader[]): string[] =>
  headers.map(([name, value]) => `${name.toString('latin1')}=${value === null ? 'null' : value.toString('latin1')}`)

/** CPU of this process rather than time on the clock: other work of a busy machine does not count. */
async function cpuMsOf(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}
