import {
  bytes,
  createWorker,
  defineConsumer,
  type Driver,
  handle,
  type MillraceEvent,
  topic,
  type Worker,
} from '@millrace/core'
import { createKafkajsDriver } from '@millrace/kafkajs'
import { uniqueName } from '@millrace/testing'
import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import { until } from './rig/until.js'
import { createStage, type Stage } from './test-support/stage.js'

/** The real driver, whose first member keeps what it fetches of one partition to itself. */
function stuckDriver(brokers: readonly string[], partition: number): Driver {
  const driver = createKafkajsDriver({ brokers })
  let members = 0
  return {
    ...driver,
    join(options, events) {
      members += 1
      const isFirst = members === 1
      const forward = events.onRecords.bind(events)
      const onRecords: typeof forward = (lease, batch) => {
        if (!isFirst || lease.partition !== partition) forward(lease, batch)
      }
      const bound = {
        onAssigned: events.onAssigned.bind(events),
        onRevoked: events.onRevoked.bind(events),
        onEvent: events.onEvent.bind(events),
        onFatal: events.onFatal.bind(events),
      }
      return driver.join(options, { ...bound, onRecords })
    },
  }
}

describeWithBroker('the watchdog', (broker) => {
  const running = new Set<Worker>()
  afterEach(async () => {
    await Promise.all([...running].map((worker) => worker.stop()))
    running.clear()
  })

  async function start(stage: Stage, driver: Driver) {
    const seen: string[] = []
    const events: MillraceEvent[] = []
    const Work = topic(stage.topic, { key: bytes, value: bytes })
    const handler = handle(Work, { onExhausted: 'halt' }, (_value, { partition, offset }) => {
      seen.push(`${partition}/${offset}`)
    })
    const consumers = [defineConsumer({ group: stage.group, handlers: [handler] })]
    const worker = createWorker({ consumers, driver, watchdog: '1s' })
    worker.onAny((event) => events.push(event))
    running.add(worker)
    await worker.start()
    return { events, seen, worker }
  }

  test('finds a member that keeps records to itself, and the next one gets all of them; nothing is done twice', async () => {
    const stage = await createStage(broker, { partitions: 2 })
    await stage.produce([0, 1, 0, 1, 0, 1].map((partition) => ({ partition, value: 'work' })))
    const { events, seen, worker } = await start(stage, stuckDriver(broker.bootstrap, 0))
    await until('all are handled', () => (seen.length === 6 ? true : undefined))

    const [stall, ...more] = events.filter(({ name }) => name === 'member.stalled')
    expect(stall).toMatchObject({ stalled: [{ partition: 0, nextOffset: 0n, endOffset: 3n }] })
    expect(more).toEqual([])
    expect(seen.toSorted()).toEqual(['0/0', '0/1', '0/2', '1/0', '1/1', '1/2'])
    await until('it is ready again', () => worker.inspect().isReady || undefined)
    expect(worker.inspect().groups).toMatchObject([{ stalls: 1, deaths: 1 }])
    await worker.stop()
    expect(await stage.committed()).toEqual({ 0: 3, 1: 3 })
  })

  test('lets a member be that has read all it may: aborted records, markers, an open transaction', async () => {
    const stage = await createStage(broker, { partitions: 2 })
    const produce = (partition: number, outcome: 'commit' | 'abort' | 'open') =>
      broker.probe.produce(stage.topic, [{ partition, value: outcome }], {
        transaction: { id: uniqueName('watched'), outcome },
      })
    await produce(0, 'commit')
    await produce(0, 'abort')
    await produce(1, 'open')
    await stage.produce([{ partition: 1, value: 'behind it' }])
    const { events, seen, worker } = await start(stage, createKafkajsDriver({ brokers: broker.bootstrap }))
    const startedAt = performance.now()
    await until('several limits have passed', () => performance.now() - startedAt > 2_600 || undefined)
    expect(events.filter(({ name }) => /stalled|died/.test(name))).toEqual([])
    expect([seen, worker.inspect().isReady]).toEqual([['0/0'], true])
  })
})
