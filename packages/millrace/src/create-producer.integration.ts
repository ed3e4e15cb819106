import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, it } from 'vitest'
import {
  type AnyTopic,
  createProducer,
  isMillraceError,
  isPartialSend,
  type ProducerOptions,
  silentLogger,
  topic,
  utf8,
} from './index.js'

describeWithBroker('a producer of users', ({ bootstrap, admin, probe }) => {
  const env = { KAFKA_BROKERS: bootstrap.join(',') }
  const open = <T extends AnyTopic>(of: T, options: ProducerOptions = {}) =>
    createProducer(of, { env, logger: silentLogger, ...options })
  const newTopic = async (partitions: number, configs: Readonly<Record<string, string>> = {}) => {
    const name = uniqueName('producer')
    await admin.createTopic(name, { partitions, configs })
    return { name, format: topic(name, { key: utf8, value: utf8, tombstones: true }) }
  }

  it('stores what it is given: tombstones, headers, timestamps, an explicit partition', async () => {
    const { name, format: Customers } = await newTopic(3)
    await using customers = open(Customers)
    const timestamp = 1_600_000_000_123
    const report = await customers.send({
      ...{ key: 'C-1', value: null, partition: 2, timestamp },
      headers: [
        ['reason', 'forgotten'],
        ['reason', null],
      ],
    })
    expect(report).toEqual({ topic: name, partition: 2, offset: 0n, timestamp })
    const [stored] = await probe.read(name)
    expect(stored).toMatchObject({ partition: 2, offset: 0n, key: Buffer.from('C-1'), value: null })
    expect(Number(stored?.timestamp)).toBe(timestamp)
    expect(stored?.headers.map(([header, value]) => [String(header), value === null ? null : String(value)])).toEqual([
      ['reason', 'forgotten'],
      ['reason', null],
    ])
  })

  it('reports the time at which the broker stored it, where the topic keeps that', async () => {
    const { name, format: Orders } = await newTopic(1, { 'message.timestamp.type': 'LogAppendTime' })
    await using orders = open(Orders)
    const report = await orders.send({ key: 'a', value: 'x', timestamp: 5 })
    const [stored] = await probe.read(name)
    expect(report.timestamp).toBe(Number(stored?.timestamp))
    expect(report.timestamp).toBeGreaterThan(5)
  })

  it('tells of many which ones were stored, and stores those', async () => {
    const { name, format: Orders } = await newTopic(1, { 'max.message.bytes': '2000' })
    await using orders = open(Orders, { compression: 'none' })
    const values = ['1', 'x'.repeat(3_000), '3']
    const thrown: unknown = await orders
      .sendMany(values.map((value) => ({ key: 'a', value })))
      .catch((error: unknown) => error)
    if (!isPartialSend(thrown)) throw new Error(`expected a partial send, got ${String(thrown)}`)
    const codes = thrown.results.map((result) =>
      result.status === 'fulfilled' ? result.value.partition : isMillraceError(result.reason) && result.reason.code,
    )
    expect(codes).toEqual([0, 'MILLRACE_PRODUCE_TOO_LARGE', 0])
    expect((await probe.read(name)).map(({ value }) => String(value))).toEqual(['1', '3'])
  })

  it("refuses what finds no room with onFull: 'reject', and stores the rest", async () => {
    const { name, format: Orders } = await newTopic(1)
    await using orders = open(Orders, { maxBufferedBytes: '64kB', onFull: 'reject', compression: 'none' })
    const value = 'x'.repeat(20_000)
    const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => orders.send({ key: 'a', value })))
    const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(refused.map((error) => isMillraceError(error, 'MILLRACE_PRODUCE_BUFFER_FULL'))).toEqual([true, true])
    expect(await probe.read(name)).toHaveLength(3)
  })

  it('keeps the order of each key, whatever takes longer to be encoded, and leaves out nothing that was not awaited', async () => {
    const name = uniqueName('producer')
    await admin.createTopic(name, { partitions: 3 })
    const slowly = async (text: string): Promise<Buffer> => {
      for (let turn = Number(text) % 7; turn > 0; turn -= 1) await new Promise((resolve) => setImmediate(resolve))
      return Buffer.from(text)
    }
    const Orders = topic(name, { key: utf8, value: { ...utf8, encode: slowly } })
    const orders = open(Orders)
    const sends = Array.from({ length: 300 }, (_, number) =>
      orders.send({ key: `k${number % 10}`, value: `${number}` }),
    )
    await orders.close()
    await Promise.all(sends)
    const stored = await probe.read(name)
    expect(stored).toHaveLength(300)
    for (let key = 0; key < 10; key += 1) {
      const values = stored.filter((one) => String(one.key) === `k${key}`).map(({ value }) => Number(String(value)))
      expect(values).toEqual(values.toSorted((a, b) => a - b))
    }
  })
})
