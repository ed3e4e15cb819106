import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import type { Guard } from '../guards/guard.js'
import { createDriverSetup } from '../test-support/driver-setup.js'
import { watchRequests } from '../test-support/watch-requests.js'

describeWithBroker('fetch loop', (broker) => {
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

  test('a defect is reported at once as what it is, and the partition goes on when it is gone', async () => {
    let isBroken = false
    const defect: Guard = {
      name: 'defect',
      protect(cluster) {
        const find = cluster.findBroker.bind(cluster)
        const fetch = (): Promise<never> => Promise.reject(new TypeError('a defect'))
        cluster.findBroker = async (node) =>
          isBroken ? Object.create(await find(node), { fetch: { value: fetch } }) : find(node)
      },
    }
    const { setup: setupBroken, leaveAll: leaveBroken } = createDriverSetup(broker, [requests.guard, defect])
    const { join, produce } = await setupBroken(1)
    const pipeline = join()
    await pipeline.when('an answer', ({ batches }) => batches.length > 0)
    const asked = requests.count('metadata')
    isBroken = true
    await pipeline.when('the report', ({ events }) => events.length > 0)
    // Where a leader has moved the first thing is to ask who leads now.
    expect(requests.count('metadata')).toBe(asked)
    expect(pipeline.events).toMatchObject([{ name: 'partition.failed', error: { cause: { message: 'a defect' } } }])
    isBroken = false
    await produce(1)
    await pipeline.when('the record', ({ handled }) => handled.length === 1)
    expect(pipeline.events.at(-1)).toMatchObject({ name: 'partition.recovered' })
    await leaveBroken()
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
})
