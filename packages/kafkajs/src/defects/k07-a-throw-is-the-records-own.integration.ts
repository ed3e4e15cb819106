import { createWorker, defineConsumer, fixed, handle, type MillraceEvent, topic as declare, utf8 } from '@millrace/core'
import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, test } from 'vitest'
import { bounded, TimedOut } from '../client/bounded.js'
import { createKafkajsDriver } from '../kafkajs-driver.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

const throws: readonly (readonly [string, () => unknown])[] = [
  ['a TypeError', () => new TypeError('not a function')],
  ['undefined', () => undefined],
  ['null', () => null],
]
const never = new Promise<void>(() => undefined)

describeWithBroker('K7: whatever a handler throws is the failure of its record and of nothing else', (broker) => {
  const { bootstrap, admin, probe } = broker

  async function stage() {
    const topic = uniqueName('orders')
    await admin.createTopic(topic, { partitions: 2 })
    return { topic, group: uniqueName('billing') }
  }

  test.each(throws)('red on bare kafkajs: %s ends the consumer for good after one call', async (_name, make) => {
    const { topic, group } = await stage()
    await probe.produce(topic, [{ partition: 0, value: 'bad' }])
    const bare = await bareConsumer({
      brokers: bootstrap,
      topics: [topic],
      group,
      onRecord() {
        throw make()
      },
    })
    await expect.poll(() => bare.crashes.length).toBe(1)
    expect(bare.crashes[0]?.restart).toBe(false)
    expect(bare.records.length).toBe(1)
  })

  test('red on bare kafkajs: any other error restarts the consumer at the same record for ever', async () => {
    const { topic, group } = await stage()
    await probe.produce(topic, [{ partition: 0, value: 'bad' }])
    const bare = await bareConsumer({
      brokers: bootstrap,
      topics: [topic],
      group,
      consumer: { retry: { retries: 1, initialRetryTime: 10, maxRetryTime: 10 } },
      onRecord() {
        throw new Error('no such customer')
      },
    })
    await expect.poll(() => bare.joins.length).toBeGreaterThan(2)
    expect(bare.crashes[0]?.restart).toBe(true)
    expect([...new Set(bare.records.map(({ offset }) => offset))]).toEqual([0n])
  })

  test('red on bare kafkajs: with a handler that never settles, stop() does not settle either', async () => {
    const { topic, group } = await stage()
    await probe.produce(topic, [{ partition: 0, value: 'bad' }])
    const bare = await bareConsumer({ brokers: bootstrap, topics: [topic], group, onRecord: () => never })
    await expect.poll(() => bare.records.length).toBe(1)
    await expect(bounded(bare.consumer.stop(), 'stop', 1000)).rejects.toBeInstanceOf(TimedOut)
  })

  test('green: each is given up alone, everything else is handled, by one member that stays', async () => {
    const { topic, group } = await stage()
    const bad = [...throws.map(([name]) => name), 'an Error', 'never settles']
    await probe.produce(topic, [
      ...bad.flatMap((value) => [
        { partition: 0, value },
        { partition: 0, value: 'good' },
      ]),
      ...bad.map(() => ({ partition: 1, value: 'good' })),
    ])
    const done: string[] = []
    const act = (value: string): Promise<void> | void => {
      if (value === 'good') return void done.push(value)
      if (value === 'never settles') return never
      throw throws.find(([name]) => name === value)?.[1]() ?? new Error(value)
    }
    const orders = declare(topic, { key: utf8, value: utf8 })
    const options = { onExhausted: 'skip', timeout: '200ms', retry: fixed({ attempts: 1, delay: '1ms' }) } as const
    const worker = createWorker({
      consumers: [defineConsumer({ group, handlers: [handle(orders, options, act)] })],
      driver: createKafkajsDriver({ brokers: bootstrap }),
    })
    const events: MillraceEvent[] = []
    worker.onAny((event) => events.push(event))
    const named = (name: string): number => events.filter((event) => event.name === name).length
    await worker.start()
    try {
      await expect.poll(() => done.length).toBe(2 * bad.length)
      await expect.poll(() => named('record.skipped')).toBe(bad.length)
      expect([named('member.joined'), named('member.died')]).toEqual([1, 0])
    } finally {
      expect(await worker.stop()).toMatchObject({ inTime: true })
    }
    const ends = new Map((await admin.committed(group)).map(({ partition, offset }) => [partition, offset]))
    expect(ends).toEqual(await admin.endOffsets(topic))
  })
})
