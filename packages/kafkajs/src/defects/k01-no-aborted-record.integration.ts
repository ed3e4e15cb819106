import { type FixtureRecord, uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

describeWithBroker('K1: no record of an aborted transaction reaches a handler', (broker) => {
  const { bootstrap, probe, admin } = broker
  const { setup, leaveAll } = createDriverSetup(broker)
  afterEach(leaveAll)

  type Write = readonly [transaction: string, outcome: 'open' | 'commit' | 'abort', value: string]

  /** Writes one record per step; `end`s come after them in their order. The last record is a plain one: the end to wait for. */
  async function write(topic: string, steps: readonly Write[], key: Buffer | null = null): Promise<void> {
    const ids = new Map<string, string>()
    for (const [transaction, outcome, value] of steps) {
      const id = ids.get(transaction) ?? uniqueName(transaction)
      ids.set(transaction, id)
      const record: FixtureRecord = { partition: 0, key, value }
      if (value === '' && outcome !== 'open') await probe.endTransaction(id, outcome)
      else await probe.produce(topic, [record], { transaction: { id, outcome } })
    }
    await probe.produce(topic, [{ partition: 0, value: 'last' }])
  }

  const shapes: readonly (readonly [string, readonly Write[], Buffer | null])[] = [
    [
      'two that overlap, the second aborted first',
      [
        ['a', 'open', 'a1'],
        ['b', 'open', 'b1'],
        ['b', 'abort', ''],
        ['a', 'open', 'a2'],
        ['a', 'abort', ''],
      ],
      null,
    ],
    [
      'five open at once, aborted in reverse',
      [
        ...'abcde'.split('').map((name): Write => [name, 'open', `${name}1`]),
        ...'abcde'.split('').map((name): Write => [name, 'open', `${name}2`]),
        ...'edcba'.split('').map((name): Write => [name, 'abort', '']),
      ],
      null,
    ],
    [
      'one, with records whose key is an int32 zero',
      [
        ['a', 'open', 'a1'],
        ['a', 'open', 'a2'],
        ['a', 'abort', 'a3'],
      ],
      Buffer.alloc(4),
    ],
  ]

  test.each(shapes)('red on bare kafkajs: delivers aborted records of %s', async (_shape, steps, key) => {
    const topic = uniqueName('outputs')
    await admin.createTopic(topic)
    await write(topic, steps, key)
    const bare = await bareConsumer({ brokers: bootstrap, topics: [topic], group: uniqueName('readers') })
    await expect.poll(() => bare.records.at(-1)?.value).toBe('last')
    expect(bare.records.length).toBeGreaterThan(1)
    expect((await probe.read(topic)).map(({ value }) => String(value))).toEqual(['last'])
  })

  test.each(shapes)('green: delivers none of %s', async (_shape, steps, key) => {
    const { topic, join } = await setup(1)
    await write(topic, steps, key)
    const pipeline = join()
    await pipeline.when('the last one', ({ handled }) => handled.some(({ value }) => value === 'last'))
    expect(pipeline.handled.map(({ value }) => value)).toEqual(['last'])
  })

  test('green: a fetch that begins inside two open transactions delivers what Java does, and no more', async () => {
    const { topic, group, join } = await setup(1)
    await write(topic, [
      ['a', 'open', 'a1'],
      ['b', 'open', 'b1'],
      ['a', 'open', 'a2'],
      ['b', 'open', 'b2'],
      ['b', 'abort', 'b3'],
      ['a', 'commit', 'a3'],
    ])
    await admin.setCommitted(group, topic, new Map([[0, 2n]]))
    const pipeline = join()
    await pipeline.when('the last one', ({ handled }) => handled.some(({ value }) => value === 'last'))
    const seen = (await probe.read(topic, { fromOffset: 2n })).map(({ value }) => String(value))
    expect(seen).toEqual(['a2', 'a3', 'last'])
    expect(pipeline.handled.map(({ value }) => value)).toEqual(seen)
  })
})
