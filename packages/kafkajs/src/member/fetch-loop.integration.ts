import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { ScriptedPipeline, memberOptions } from '../test-support/scripted-pipeline.js'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { watchRequests } from '../test-support/watch-requests.js'

describeWithBroker('fetch loop', (broker) => {
  const { admin } = broker
  const requests = watchRequests()
  const { setup, leaveAll } = createDriverSetup(broker, [requests.guard])
  afterEach(leaveAll)

  test('hands the first answer of a lease over even when it is empty', async () => {
    const { join } = await setup(3)
    const pipeline = join()
    await pipeline.when('three empty batches', ({ batches }) => batches.length === 3)
    expect(pipeline.batches.map(({ batch }) => [batch.records.length, batch.nextOffset, batch.endOffset])).toEqual(
      Array.from({ length: 3 }, () => [0, 0n, 0n]),
    )
  })

  test('a paused lease gets nothing while the other one flows', async () => {
    const { join, produce } = await setup(2)
    const pipeline = join(
      {},
      { onAssigned: (leases) => leases.filter(({ partition }) => partition === 0).forEach((lease) => lease.pause()) },
    )
    await pipeline.when('assigned', ({ leases }) => leases.length === 2)
    await produce(100)
    await pipeline.when('the other one', ({ handled }) => handled.length === 50)
    await produce(100, 100)
    await pipeline.when('the other one', ({ handled }) => handled.length === 100)
    expect(pipeline.handled.filter(({ partition }) => partition === 0)).toEqual([])

    pipeline.leases.find(({ partition }) => partition === 0)?.resume()
    await pipeline.when('everything', ({ handled }) => handled.length === 200)
  })

  test('a lease that resumes does not wait for the long poll of an idle neighbour', async () => {
    const { join, produce } = await setup(2)
    const pipeline = join()
    await pipeline.when('both asked', ({ batches }) => batches.length === 2)
    const lease = pipeline.leases.find(({ partition }) => partition === 0)
    if (lease === undefined) throw new Error('no lease')
    const waits: number[] = []
    for (let round = 1; round <= 10; round += 1) {
      lease.pause()
      // One request per broker at a time: the next one says that the long poll from before the pause has ended.
      const polled = requests.sent('fetch')
      await produce(1, round, [0])
      await polled
      const startedMs = performance.now()
      lease.resume()
      await pipeline.when('its record', ({ handled }) => handled.length === round)
      waits.push(performance.now() - startedMs)
    }
    expect(waits.sort((a, b) => a - b)[5]).toBeLessThan(200)
  })

  test('a seek moves the next batch, and batches from before it are dropped', async () => {
    const { join, produce } = await setup(1)
    await produce(20)
    const pipeline = join({}, { onAssigned: ([lease]) => lease?.seek(15n) })
    await pipeline.when('the end', ({ handled }) => handled.some(({ offset }) => offset === 19n))
    expect(pipeline.handled.map(({ offset }) => offset)).toEqual([15n, 16n, 17n, 18n, 19n])
    pipeline.leases[0]?.seek(18n)
    await pipeline.when('once more', ({ handled }) => handled.length === 7)
    expect(pipeline.handled.slice(5).map(({ offset }) => offset)).toEqual([18n, 19n])
  })

  test('a deleted topic is its own problem: one event, and the other topic flows', async () => {
    const doomed = await setup(1)
    const healthy = await setup(1)
    await doomed.produce(5)
    await healthy.produce(5)
    const topics = [doomed.topic, healthy.topic]
    const pipeline = new ScriptedPipeline(healthy.driver, memberOptions(healthy.group, topics))
    try {
      await pipeline.when('both', ({ handled }) => handled.length === 10)
      await admin.deleteTopic(doomed.topic)
      await pipeline.when('the event', ({ events }) => events.length > 0)
      await healthy.produce(20, 5)
      await pipeline.when('the healthy one', ({ handled }) => handled.length === 30)
      await pipeline.commit()

      const error = { code: 'MILLRACE_DRIVER_PARTITION_FAILED', cause: expect.any(Error) }
      expect(pipeline.events).toMatchObject([{ name: 'partition.failed', topic: doomed.topic, partition: 0, error }])
      expect(pipeline.fatal).toEqual([])
      expect(pipeline.commitErrors).toEqual([])
      expect(pipeline.assignments.length).toBe(1)
      expect(await admin.committed(healthy.group)).toContainEqual(
        expect.objectContaining({ topic: healthy.topic, offset: 25n }),
      )
    } finally {
      await pipeline.leave()
    }
  })

  test.each([
    ['earliest', 60n, 40],
    ['latest', 100n, 0],
  ] as const)('out of range, policy %s: goes on at %s, and names what is gone', async (outOfRange, to, rest) => {
    const { join, produce, topic, group } = await setup(1)
    await produce(100)
    await admin.setCommitted(group, topic, new Map([[0, 10n]]))
    await admin.deleteRecords(topic, new Map([[0, 60n]]))
    const pipeline = join({ outOfRange })
    await pipeline.when('the event', ({ events }) => events.length > 0)
    await pipeline.when('the rest', ({ handled }) => handled.length === rest)
    await produce(1, 100)
    await pipeline.when('one more', ({ handled }) => handled.length === rest + 1)

    expect(pipeline.events).toEqual([{ name: 'partition.out-of-range', group, topic, partition: 0, from: 10n, to }])
    expect(pipeline.handled[0]?.offset).toBe(to)
    await pipeline.leave()
    expect(await admin.committed(group)).toMatchObject([{ offset: 101n }])
  })

  test('out of range, policy fail: says so once and moves nothing', async () => {
    const { join, produce, topic, group } = await setup(2)
    await produce(20)
    await admin.setCommitted(
      group,
      topic,
      new Map([
        [0, 2n],
        [1, 0n],
      ]),
    )
    await admin.deleteRecords(topic, new Map([[0, 5n]]))
    const pipeline = join({ outOfRange: 'fail' })
    await pipeline.when('the healthy one', ({ handled }) => handled.length === 10)
    await pipeline.when('the event', ({ events }) => events.length > 0)
    await produce(2, 20)
    await pipeline.when('the healthy one', ({ handled }) => handled.length === 11)

    expect(pipeline.events).toMatchObject([
      { name: 'partition.failed', partition: 0, error: { message: expect.stringContaining('offset 2 of') } },
    ])
    expect(pipeline.handled.every(({ partition }) => partition === 1)).toBe(true)
    await pipeline.leave()
    expect(await admin.committed(group)).toContainEqual(expect.objectContaining({ partition: 0, offset: 2n }))
  })

  test('a log that began again below the committed offset is read from its start, under a new lease', async () => {
    const { join, produce, topic, group } = await setup(1)
    await produce(5)
    await admin.setCommitted(group, topic, new Map([[0, 50n]]))
    const pipeline = join()
    await pipeline.when('the records', ({ handled }) => handled.length === 5)

    expect(pipeline.events).toEqual([{ name: 'partition.out-of-range', group, topic, partition: 0, from: 50n, to: 0n }])
    expect(pipeline.assignments.map(({ leases }) => leases[0]?.startOffset)).toEqual([50n, 0n])
    expect(pipeline.revocations).toMatchObject([{ lost: true }])
    await pipeline.leave()
    expect(await admin.committed(group)).toMatchObject([{ offset: 5n }])
  })
})
