import { type BrokerControl, createKafkaAdmin, type OwnBroker, uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'
import type { HandledRecord } from '../test-support/scripted-pipeline.js'
import { bareConsumer } from './test-support/bare-kafkajs.js'

// These tests hurt a broker of their own.
describeWithBroker(
  'K26: a coordinator that is away for a while costs no membership, no record and no second run',
  ({ launch, probeOf }) => {
    let broker: OwnBroker
    let control: BrokerControl
    let probe: ReturnType<typeof probeOf>
    let setups: ReturnType<typeof createDriverSetup>

    beforeAll(async () => {
      broker = await launch()
      control = broker.control
      probe = probeOf(broker.bootstrap)
      setups = createDriverSetup({ bootstrap: broker.bootstrap, probe, admin: createKafkaAdmin(probe) })
    })
    afterEach(() => setups?.leaveAll())
    afterAll(async () => {
      await probe?.close()
      await broker?.stop()
    })

    test('red on bare kafkajs: the consumer crashes once its retries are used up, and its handlers stand still', async () => {
      const [topic, group] = [uniqueName('orders'), uniqueName('billing')]
      await createKafkaAdmin(probe).createTopic(topic)
      await probe.produce(topic, [{ value: 'before' }])
      // As many retries as it has by default, in a tenth of the time.
      const kafka = { retry: { initialRetryTime: 30 } }
      const bare = await bareConsumer({ brokers: broker.bootstrap, topics: [topic], group, kafka })
      await expect.poll(() => bare.records.length).toBe(1)
      await control.kill()
      await expect.poll(() => bare.crashes.length).toBeGreaterThan(0)
      await control.restart()
    })

    test('green: a broker that restarts costs no membership, no record and no second run', async () => {
      const { join, produce } = await setups.setup(2)
      await produce(1000)
      const restarted = Promise.withResolvers<void>()
      const pipeline = join({}, { handle: ({ value }) => (Number(value) < 200 ? undefined : restarted.promise) })
      await pipeline.when('a start', ({ handled }) => handled.length === 200)
      await control.restart()
      const backMs = performance.now()
      await pipeline.commit()
      // The coordinator is looked up by itself; kafkajs would keep the connection that is gone.
      expect(performance.now() - backMs).toBeLessThan(10_000)
      expect(pipeline.commitErrors).toEqual([])
      restarted.resolve()
      await produce(1000, 1000)
      await pipeline.when('all handled', ({ handled }) => handled.length >= 2000)
      await pipeline.leave()

      expect(valuesOf(pipeline.handled)).toEqual(Array.from({ length: 2000 }, (_, index) => index))
      expect(pipeline.assignments.length).toBe(1)
      expect(pipeline.fatal).toEqual([])
    })

    test('green: an outage is reported once per partition, and so is its end', async () => {
      const { join, produce } = await setups.setup(2)
      const pipeline = join()
      await pipeline.when('both asked', ({ batches }) => batches.length >= 2)
      await control.kill()
      await pipeline.when('both reports', ({ events }) => events.length >= 2)
      await control.restart()
      await pipeline.when('both recoveries', ({ events }) => events.length >= 4)
      await produce(10)
      await pipeline.when('the records', ({ handled }) => handled.length === 10)

      expect(pipeline.events.map(({ name }) => name).sort()).toEqual([
        'partition.failed',
        'partition.failed',
        'partition.recovered',
        'partition.recovered',
      ])
      expect(pipeline.fatal).toEqual([])
    })

    test('green: a broker that freezes for longer than the session costs no record, and no committed one runs again', async () => {
      const { join, produce } = await setups.setup(2)
      await produce(10)
      const pipeline = join({ sessionTimeoutMs: 2000, heartbeatIntervalMs: 200 })
      await pipeline.when('handled', ({ handled }) => handled.length === 10)
      await pipeline.commit()
      const again = pipeline.leases.map((lease) => ({ lease, offset: 5n }))
      control.pause()
      // A commit that nobody answers is given up when its signal says so: here after two sessions.
      const unanswered = pipeline.member.commit(again, AbortSignal.timeout(4000))
      await expect(unanswered).rejects.toMatchObject({ code: 'MILLRACE_DRIVER_COMMIT_FAILED' })
      control.resume()
      await produce(10, 10)
      await pipeline.when('the rest', ({ handled }) => new Set(valuesOf(handled)).size === 20, 60_000)

      // A broker that thaws looks at its clock before it looks at its mail, or after: it may take the member for gone, and then
      // what it was given since and has not committed runs again.
      const values = valuesOf(pipeline.handled)
      expect([...new Set(values)]).toEqual(Array.from({ length: 20 }, (_, index) => index))
      expect(values.filter((value) => value < 10)).toHaveLength(10)
      expect(pipeline.fatal).toEqual([])
    })

    test('green: leaving while the broker is away is bounded', async () => {
      const { join } = await setups.setup(2)
      const pipeline = join()
      await pipeline.when('assigned', ({ leases }) => leases.length === 2)
      await control.kill()
      const startedMs = performance.now()
      await pipeline.leave()
      expect(performance.now() - startedMs).toBeLessThan(15_000)
      expect(pipeline.fatal).toEqual([])
      await control.restart()
    })
  },
)

const valuesOf = (handled: readonly HandledRecord[]): number[] =>
  handled.map(({ value }) => Number(value)).sort((a, b) => a - b)
