import { isMillraceError, type MillraceError } from '@millrace/core'
import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { batchStarts, storedLog } from '../defects/test-support/stored-log.js'
import { createGuardedDriver } from '../create-guarded-driver.js'
import { guards } from '../guards/guards.js'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { watchRequests } from '../test-support/watch-requests.js'
import { crc32c } from '../wire/crc32c.js'

const MAGIC_AT = 16
const CRC_AT = 17
const ATTRIBUTES_AT = 21
const COUNT_AT = 57

/** What is done to the second of three batches on the broker's disk. */
type Damage = (log: Buffer, at: number, end: number) => void
const withRightCrc = (log: Buffer, at: number, end: number): void => {
  log.writeUInt32BE(crc32c(log.subarray(at, end), ATTRIBUTES_AT), at + CRC_AT)
}

const damages: readonly (readonly [string, RegExp, Damage])[] = [
  ['a byte that changed', /offset 5 .*CRC-32C/, (log, _at, end) => void log.writeInt8(0x7f, end - 1)],
  [
    'a codec that nobody knows',
    /offset 5 .*codec 6: write it again/,
    (log, at, end) => {
      log.writeInt16BE(6, at + ATTRIBUTES_AT)
      withRightCrc(log, at, end)
    },
  ],
  [
    'a count that does not add up',
    /offset 5 .*broken/,
    (log, at, end) => {
      log.writeInt32BE(9, at + COUNT_AT)
      withRightCrc(log, at, end)
    },
  ],
  [
    'a record format from before Kafka 0.11',
    /offset 5 .*from before Kafka 0.11/,
    (log, at) => void log.writeInt8(1, at + MAGIC_AT),
  ],
  ['a record format to come', /record format 3/, (log, at) => void log.writeInt8(3, at + MAGIC_AT)],
]

describeWithBroker('what fails for one partition', (broker) => {
  const { bootstrap, admin, probe, lacks } = broker
  const requests = watchRequests()
  const { setup, leaveAll } = createDriverSetup(broker, [requests.guard])
  afterEach(leaveAll)

  const five = async (topic: string, from: number): Promise<void> => {
    const records = Array.from({ length: 5 }, (_, index) => ({ partition: 0, value: String(from + index) }))
    await probe.produce(topic, records)
  }

  test.skipIf(lacks('log files')).each(damages)(
    '%s: alone, said once with what to do, asked slowly, read once it is well',
    async (_what, words, damage) => {
      const { topic, group, join } = await setup(2)
      for (const from of [0, 5, 10]) await five(topic, from)
      const stored = await storedLog(bootstrap, topic)
      const whole = await stored.read()
      const [, at = 0, end = 0] = batchStarts(whole)
      const damaged = Buffer.from(whole)
      damage(damaged, at, end)
      await stored.write(damaged)

      const pipeline = join()
      await pipeline.when('the event', ({ events }) => events.length > 0)
      expect(told(pipeline)).toMatch(words)
      expect(pipeline.handled.map(({ value }) => value)).toEqual(['0', '1', '2', '3', '4'])

      const before = requests.count('fetch')
      const startedMs = performance.now()
      for (let round = 1; round <= 10; round += 1) {
        await probe.produce(topic, [{ partition: 1, value: 'healthy' }])
        await pipeline.when('the neighbour', ({ handled }) => handled.length === 5 + round)
      }
      // Ten for the records, four a second for the partition beside it, and what is left for the one that fails.
      expect(requests.count('fetch') - before).toBeLessThan(2 * 10 + (performance.now() - startedMs) / 100 + 10)

      await stored.write(whole)
      await pipeline.when('the rest', ({ handled }) => handled.length === 25)
      expect(pipeline.events.map(({ name }) => name)).toEqual(['partition.failed', 'partition.recovered'])
      expect(pipeline.assignments.length).toBe(1)
      await pipeline.leave()
      expect((await admin.committed(group)).map(({ offset }) => offset)).toEqual(expect.arrayContaining([15n, 10n]))
    },
  )

  test('partitions that are added are read from their beginning, by the members that are there', async () => {
    const { topic, group } = await setup(1)
    // It looks with a heartbeat: not before the records are there.
    const slow = { startFrom: 'latest', heartbeatIntervalMs: 3000 } as const
    const driver = createGuardedDriver({ brokers: bootstrap, metadataMaxAgeMs: 1000 }, guards)
    const pipeline = new ScriptedPipeline(driver, memberOptions(group, [topic], slow))
    onTestFinished(() => pipeline.leave())
    await pipeline.when('its lease', ({ leases }) => leases.length === 1)
    await admin.addPartitions(topic, 3)
    await probe.produce(
      topic,
      [1, 2].map((partition) => ({ partition, value: 'early' })),
    )
    expect(pipeline.assignments.length).toBe(1)
    await pipeline.when('both', ({ handled }) => handled.length === 2)
    await pipeline.leave()
    expect(
      (await admin.committed(group)).map(({ partition, offset }) => `${partition}: ${offset}`).sort(byText),
    ).toEqual(['0: 0', '1: 1', '2: 1'])
  })

  const another = [
    ['shorter than the position', 3, 'fetched'],
    ['longer than the position', 30, 'fetched'],
    ['longer than the position, while its partition is paused', 30, 'paused'],
  ] as const
  test.each(lacks('topic ids') ? another.slice(0, 1) : another)(
    'a topic that is deleted and created again, %s, is another log, and the event says so',
    async (_what, count, how) => {
      const { topic, group, driver, produce } = await setup(1)
      const healthy = uniqueName('healthy')
      await admin.createTopic(healthy)
      await produce(10)
      const pipeline = new ScriptedPipeline(driver, memberOptions(group, [topic, healthy]))
      onTestFinished(() => pipeline.leave())
      await pipeline.when('the old one', ({ handled }) => handled.length === 10)
      await pipeline.commit()
      const lease = pipeline.leases.find((one) => one.topic === topic)
      const pausedAtMs = performance.now()
      if (how === 'paused') {
        lease?.pause()
        await requests.sent('fetch', 2) // the second one goes without it
      }
      await admin.deleteTopic(topic)
      await admin.createTopic(topic)
      await produce(count, 100)
      if (how === 'paused') await expect.poll(() => performance.now() - pausedAtMs).toBeGreaterThan(1100)
      lease?.resume()
      await pipeline.when('the new one', ({ handled }) => handled.length >= 10 + count)
      expect(pipeline.handled.slice(10).map(({ value }) => Number(value))).toEqual(
        Array.from({ length: count }, (_, index) => 100 + index),
      )
      expect(pipeline.events.filter(({ name }) => name === 'partition.out-of-range')).toEqual([
        { name: 'partition.out-of-range', group, topic, partition: 0, from: 10n, to: 0n },
      ])
      await pipeline.leave()
      expect(await admin.committed(group)).toContainEqual(expect.objectContaining({ topic, offset: BigInt(count) }))
    },
  )

  test.skipIf(lacks('topic ids'))(
    'of a topic that is created again, every partition goes on in the new log, whoever notices first',
    async () => {
      const { topic, group, driver, produce } = await setup(2)
      const healthy = uniqueName('healthy')
      await admin.createTopic(healthy)
      await produce(20)
      // Not committed yet: the lease that is drained commits where it was in the log that is gone.
      const pipeline = new ScriptedPipeline(driver, memberOptions(group, [topic, healthy]), { commitEveryMs: 600_000 })
      onTestFinished(() => pipeline.leave())
      await pipeline.when('the old one', ({ handled }) => handled.length === 20)
      const doomed = pipeline.leases.filter((lease) => lease.topic === topic)
      const pausedAtMs = performance.now()
      for (const lease of doomed) lease.pause()
      await requests.sent('fetch', 2) // the second one goes without them
      await admin.deleteTopic(topic)
      await admin.createTopic(topic, { partitions: 2 })
      await produce(60, 100)
      await expect.poll(() => performance.now() - pausedAtMs).toBeGreaterThan(1100)
      doomed[0]?.resume()
      await pipeline.when('the new one', ({ handled }) => handled.length >= 80)
      const values = pipeline.handled.slice(20).map(({ value }) => Number(value))
      expect(values.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, index) => 100 + index))
    },
  )
})

const byText = (a: string, b: string): number => a.localeCompare(b)

function told({ events }: ScriptedPipeline): string {
  const isFailure = (error: unknown): error is MillraceError => isMillraceError(error)
  return events
    .flatMap((event) => (event.name === 'partition.failed' && isFailure(event.error) ? [event.error.message] : []))
    .join('\n')
}
