import { randomBytes } from 'node:crypto'
import {
  type DeliveryReport,
  isMillraceError,
  type OutgoingRecord,
  type Sender,
  type SenderOptions,
  silentLogger,
} from '@millrace/core'
import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { openSender, type SenderParts } from './open-sender.js'
import { INIT_PRODUCER_ID, openTestClient, PRODUCE } from './test-support/test-client.js'

const open: Sender[] = []

async function setup(
  bootstrap: readonly string[],
  options: Partial<SenderOptions> = {},
  partitioners: SenderParts['partitioners'] = {},
) {
  const client = openTestClient(bootstrap)
  const sender = await openSender({ openClient: () => client, logger: silentLogger, partitioners }, options)
  open.push(sender)
  /** A report, or the code of the error. */
  const outcome = (record: OutgoingRecord): Promise<DeliveryReport | string> =>
    sender.send(record).catch((error: unknown) => (isMillraceError(error) ? error.code : String(error)))
  const asked = (apiKey: number) => client.written.filter((one) => one === apiKey).length
  return { client, sender, outcome, asked }
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((sender) => sender.close()))
})

const textOf = (bytes: Buffer | null): string => String(bytes)

describeWithBroker('sender', ({ bootstrap, admin, probe }) => {
  const newTopic = async (partitions: number, configs: Readonly<Record<string, string>> = {}) => {
    const topic = uniqueName('sender')
    await admin.createTopic(topic, { partitions, configs })
    return topic
  }

  test('stores 50,000 records over six partitions once each and in order per key', async () => {
    const topic = await newTopic(6)
    const { sender, asked } = await setup(bootstrap)
    const numbers = Array.from({ length: 50_000 }, (_, number) => number)
    const reports = await Promise.all(
      numbers.map((number) =>
        sender.send({ topic, key: Buffer.from(`k${number % 100}`), value: Buffer.from(`${number}`) }),
      ),
    )
    const stored = await probe.read(topic)
    expect(stored.length).toBe(50_000)
    const whereabouts = new Map(stored.map(({ value, partition, offset }) => [textOf(value), `${partition}@${offset}`]))
    expect(numbers.filter((number) => whereabouts.get(`${number}`) !== at(reports[number]))).toEqual([])

    const last = new Map<string, number>()
    for (const { key, value } of stored) {
      expect(Number(textOf(value))).toBeGreaterThan(last.get(textOf(key)) ?? -1)
      last.set(textOf(key), Number(textOf(value)))
    }
    expect(asked(PRODUCE)).toBeLessThan(50)
  })

  test.each(['none', 'gzip', 'lz4'] as const)('writes batches that Java reads: %s', async (compression) => {
    const topic = await newTopic(1)
    const { sender } = await setup(bootstrap, { compression })
    const value = Buffer.from('to be or not to be '.repeat(50))
    await Promise.all([1, 2, 3].map(() => sender.send({ topic, key: null, value })))
    expect((await probe.read(topic)).map((record) => record.value)).toEqual([value, value, value])
  })

  test('keeps bytes, header order, duplicates, null and empty values, partition and timestamp', async () => {
    const topic = await newTopic(3)
    const { sender } = await setup(bootstrap)
    const headers = [
      ['b', '1'],
      ['a', null],
      ['b', '2'],
      ['10', ''],
      ['__proto__', 'x'],
      ['2', 'y'],
    ].map(([name, value]) => [Buffer.from(name ?? ''), value === null ? null : Buffer.from(value ?? '')] as const)
    const key = Buffer.from([0, 0, 0, 0])
    const timestamp = 1_600_000_000_123
    const records: OutgoingRecord[] = [
      { topic, partition: 2, key, value: null, headers, timestamp },
      { topic, partition: 2, key: null, value: Buffer.alloc(0), timestamp },
      { topic, partition: 2, key: Buffer.alloc(0), value: Buffer.from([255, 254]), timestamp: timestamp - 5_000 },
    ]
    await Promise.all(records.map((record) => sender.send(record)))
    const stored = await probe.read(topic)
    expect(stored.map((one) => [one.partition, one.key, one.value, Number(one.timestamp)])).toEqual(
      records.map((one) => [one.partition, one.key, one.value, one.timestamp]),
    )
    expect(stored.map((one) => one.headers)).toEqual([headers, [], []])
  })

  test('reports the time of a topic that stamps records itself', async () => {
    const topic = await newTopic(1, { 'message.timestamp.type': 'LogAppendTime' })
    const { sender } = await setup(bootstrap)
    const report = await sender.send({ topic, key: null, value: Buffer.from('a'), timestamp: 1 })
    const [stored] = await probe.read(topic)
    expect(report.timestamp).toBe(Number(stored?.timestamp))
  })

  test('refuses an unknown partition and an unknown topic, and stores their neighbours', async () => {
    const topic = await newTopic(1)
    const { outcome } = await setup(bootstrap)
    const value = Buffer.from('x')
    const outcomes = await Promise.all([
      outcome({ topic, partition: 0, key: null, value }),
      outcome({ topic, partition: 1, key: null, value }),
      outcome({ topic: uniqueName('missing'), key: null, value }),
    ])
    expect(outcomes).toEqual([
      { topic, partition: 0, offset: 0n, timestamp: expect.any(Number) },
      'MILLRACE_PRODUCE_RECORD_INVALID',
      'MILLRACE_PRODUCE_REFUSED',
    ])
    expect((await probe.read(topic)).length).toBe(1)
  })

  test('refuses the one record that is too large and stores the others of its batch', async () => {
    const topic = await newTopic(1, { 'max.message.bytes': '10000' })
    const { outcome, asked } = await setup(bootstrap, { compression: 'none' })
    const sizes = [3_000, 3_000, 20_000, 3_000, 3_000, 3_000]
    const outcomes = await Promise.all(sizes.map((size) => outcome({ topic, key: null, value: randomBytes(size) })))
    expect(outcomes.map((one) => (typeof one === 'string' ? one : one.offset))).toEqual([
      0n,
      1n,
      'MILLRACE_PRODUCE_TOO_LARGE',
      2n,
      3n,
      4n,
    ])
    const next = await outcome({ topic, key: null, value: randomBytes(100) })
    expect([next, asked(INIT_PRODUCER_ID)]).toEqual([
      { topic, partition: 0, offset: 5n, timestamp: expect.any(Number) },
      1,
    ])
    expect((await probe.read(topic)).map(({ value }) => value?.length)).toEqual([
      3_000, 3_000, 3_000, 3_000, 3_000, 100,
    ])
  })

  test('repeats a batch whose answer was lost: no loss, no duplicate, the same producer id', async () => {
    const topic = await newTopic(3)
    const { client, sender, asked } = await setup(bootstrap)
    const reports: Promise<DeliveryReport>[] = []
    for (let round = 0; round < 5; round += 1) {
      client.cutAfter(PRODUCE, 2)
      for (let index = 0; index < 100; index += 1) {
        const number = round * 100 + index
        reports.push(sender.send({ topic, key: Buffer.from(`k${index % 10}`), value: Buffer.from(`${number}`) }))
      }
      await Promise.all(reports)
    }
    const stored = await probe.read(topic)
    const byNumber = new Map(stored.map((one) => [Number(textOf(one.value)), `${one.partition}@${one.offset}`]))
    expect([stored.length, byNumber.size, asked(INIT_PRODUCER_ID)]).toEqual([500, 500, 1])
    for (const [number, report] of (await Promise.all(reports)).entries()) expect(byNumber.get(number)).toBe(at(report))
  })

  test('spreads records without a key over the partitions', async () => {
    const topic = await newTopic(4)
    const { sender } = await setup(bootstrap)
    for (let round = 0; round < 12; round += 1) await sender.send({ topic, key: null, value: Buffer.from('x') })
    expect(new Set((await probe.read(topic)).map(({ partition }) => partition)).size).toBeGreaterThan(1)
  })

  test('asks the partitioner of a topic', async () => {
    const topic = await newTopic(4)
    const { sender } = await setup(bootstrap, {}, { [topic]: (_record, count) => count - 1 })
    const report = await sender.send({ topic, key: Buffer.from('k'), value: null })
    expect(report.partition).toBe(3)
  })

  test('leaves no socket and no timer behind, however often it is closed', async () => {
    const topic = await newTopic(1)
    const { client, sender } = await setup(bootstrap)
    const sent = sender.send({ topic, key: null, value: Buffer.from('x') })
    const closed = sender.close()
    await expect(sender.send({ topic, key: null, value: null })).rejects.toMatchObject({
      code: 'MILLRACE_PRODUCE_CLOSED',
    })
    await Promise.all([closed, sender.close()])
    expect((await sent).offset).toBe(0n)
    await expect.poll(() => client.sockets.size).toBe(0)
  })
})

const at = (report: DeliveryReport | undefined): string => `${report?.partition}@${report?.offset}`
