import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { watchRequests } from '../test-support/watch-requests.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

const GAP = 300
/** Less than the batch that compaction left: each answer then holds it and nothing else. */
const MAX_BYTES = 1024

const what = 'K13: offsets that compaction took are stepped over at once'
describeWithBroker(what, { needs: ['compaction'] }, (broker) => {
  const { bootstrap, admin, probe } = broker
  const requests = watchRequests()
  const { setup, leaveAll } = createDriverSetup(broker, [requests.guard])
  const topic = uniqueName('compacted')

  // One batch: a large record that stays, and GAP small ones of a key that later batches overwrite.
  beforeAll(async () => {
    await admin.alterBroker(1, { 'log.cleaner.backoff.ms': '100' })
    const configs = { 'cleanup.policy': 'compact', 'segment.ms': '1', 'min.cleanable.dirty.ratio': '0.001' }
    await admin.createTopic(topic, { configs })
    const gone = Array.from({ length: GAP }, () => ({ key: 'gone', value: 'x' }))
    await probe.produce(topic, [{ key: 'stays', value: 'v'.repeat(2 * MAX_BYTES) }, ...gone])
    // Segments are rolled by the time of their records, and the last one is never compacted.
    await vi.waitUntil(
      async () => {
        await probe.produce(topic, [{ key: 'gone', value: 'last' }])
        return (await probe.read(topic)).every(({ offset }) => offset === 0n || offset > BigInt(GAP))
      },
      { timeout: 60_000, interval: 200 },
    )
  })
  afterAll(() => admin.alterBroker(1, { 'log.cleaner.backoff.ms': null }))
  afterEach(leaveAll)

  test('red on bare kafkajs: reads the same batch again for every offset of the gap', async () => {
    const bare = await bareConsumer({
      brokers: bootstrap,
      topics: [topic],
      group: uniqueName('readers'),
      consumer: { maxBytesPerPartition: MAX_BYTES },
    })
    const end = (await admin.endOffsets(topic)).get(0) ?? 0n
    await expect.poll(() => bare.records.at(-1)?.offset).toBe(end - 1n)
    expect(bare.answered.get('Fetch')).toBeGreaterThan(GAP)
  })

  test('green: a handful of fetches, and the committed offset is the end of the log', async () => {
    const { driver, group } = await setup()
    const before = requests.count('fetch')
    const pipeline = new ScriptedPipeline(driver, memberOptions(group, [topic], { maxBytesPerPartition: MAX_BYTES }))
    const end = (await admin.endOffsets(topic)).get(0) ?? 0n
    await pipeline.when('the last', ({ handled }) => handled.at(-1)?.offset === end - 1n)
    expect(requests.count('fetch') - before).toBeLessThan(30)
    await pipeline.leave()
    expect(await admin.committed(group)).toMatchObject([{ offset: end }])
  })
})
