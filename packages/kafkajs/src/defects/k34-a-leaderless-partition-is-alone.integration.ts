import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { expect, onTestFinished, test } from 'vitest'
import { createGuardedDriver } from '../create-guarded-driver.js'
import type { Guard } from '../guards/guard.js'
import { guards } from '../guards/guards.js'
import { memberOptions, ScriptedPipeline } from '../test-support/scripted-pipeline.js'
import { watchRequests } from '../test-support/watch-requests.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'
import { guardsWithout } from './test-support/guards-without.js'
import { openTwoFaces } from './test-support/two-faces.js'

const never = new AbortController().signal
const quick = { retries: 1, initialRetryTime: 50, maxRetryTime: 50 }

describeWithBroker('K34: a partition that nobody leads stops no other', ({ bootstrap, admin, probe }) => {
  async function setup() {
    const [orphan, healthy] = [uniqueName('orphan'), uniqueName('healthy')]
    await Promise.all([orphan, healthy].map((topic) => admin.createTopic(topic)))
    const faces = await openTwoFaces(bootstrap)
    onTestFinished(() => faces.close())
    const produce = async (topic: string, count: number): Promise<void> => {
      const records = Array.from({ length: count }, () => ({ partition: 0, value: topic }))
      await probe.produce(topic, records)
    }
    const bare = { brokers: faces.bootstrap, topics: [orphan, healthy], group: uniqueName('readers') }
    const found = async (chosen: readonly Guard[]): Promise<readonly string[]> => {
      const driver = createGuardedDriver({ brokers: faces.bootstrap, connectLimitMs: 500 }, chosen)
      return [...(await driver.describeTopics([orphan, healthy], never)).keys()]
    }
    return { orphan, healthy, topics: [orphan, healthy], faces, produce, bare, found }
  }

  test('red on bare kafkajs: the consumer crashes and reads nothing of the other topic', async () => {
    const { orphan, healthy, faces, produce, bare: options } = await setup()
    const bare = await bareConsumer({ ...options, kafka: { retry: quick }, consumer: { retry: quick } })
    faces.orphan(orphan, 0)
    await expect.poll(() => bare.crashes.length).toBeGreaterThan(0)
    await produce(healthy, 10)
    const crashes = bare.crashes.length
    await expect.poll(() => bare.crashes.length).toBeGreaterThan(crashes)
    expect(bare.records).toEqual([])
  })

  test('red on bare kafkajs: a new consumer can not even subscribe', async () => {
    const { orphan, faces, bare: options } = await setup()
    faces.orphan(orphan, 0)
    const starting = bareConsumer({ ...options, kafka: { retry: quick } })
    await expect(starting).rejects.toMatchObject({ cause: { type: 'LEADER_NOT_AVAILABLE' } })
  })

  test('red without local-topic-errors: nothing can be looked up beside it', async () => {
    const { orphan, faces, found } = await setup()
    faces.orphan(orphan, 0)
    await expect(found(guardsWithout('local-topic-errors'))).rejects.toMatchObject({
      code: 'MILLRACE_DRIVER_UNREACHABLE',
    })
  })

  test('green: one event, the other topic flows, it is asked slowly, and read again by the same member', async () => {
    const { orphan, healthy, topics, faces, produce, found } = await setup()
    const requests = watchRequests()
    const driver = createGuardedDriver({ brokers: faces.bootstrap }, [...guards, requests.guard])
    const group = uniqueName('readers')
    const pipeline = new ScriptedPipeline(driver, memberOptions(group, topics))
    onTestFinished(() => pipeline.leave())
    await pipeline.when('both', ({ batches }) => batches.length === 2)
    faces.orphan(orphan, 0)
    await pipeline.when('the event', ({ events }) => events.length === 1)
    const error = { message: expect.stringMatching(/LEADER_NOT_AVAILABLE: .*start the brokers/) }
    expect(pipeline.events).toMatchObject([{ name: 'partition.failed', topic: orphan, partition: 0, error }])

    const before = requests.count('metadata')
    const startedMs = performance.now()
    for (let round = 1; round <= 5; round += 1) {
      await produce(healthy, 10)
      await pipeline.when('the healthy one', ({ handled }) => handled.length === 10 * round)
    }
    // By now it is asked at most once a second.
    expect(requests.count('metadata') - before).toBeLessThan(3 + (performance.now() - startedMs) / 500)
    expect(new Set(await found(guards))).toEqual(new Set(topics))

    await produce(orphan, 3)
    faces.lead(orphan, 0, 2)
    await pipeline.when('the rest', ({ handled }) => handled.length === 53)
    expect(pipeline.events.map(({ name }) => name)).toEqual(['partition.failed', 'partition.recovered'])
    expect(pipeline.assignments.length).toBe(1)
    await pipeline.leave()
    expect((await admin.committed(group)).map(({ topic, offset }) => [topic, offset])).toEqual(
      expect.arrayContaining([
        [orphan, 3n],
        [healthy, 50n],
      ]),
    )
  })

  test('green: a new member starts beside it', async () => {
    const { orphan, healthy, topics, faces, produce } = await setup()
    faces.orphan(orphan, 0)
    await produce(healthy, 10)
    const driver = createGuardedDriver({ brokers: faces.bootstrap }, guards)
    const pipeline = new ScriptedPipeline(driver, memberOptions(uniqueName('readers'), topics))
    onTestFinished(() => pipeline.leave())
    await pipeline.when('the healthy one', ({ handled }) => handled.length === 10)
    expect(pipeline.fatal).toEqual([])
  })
})
