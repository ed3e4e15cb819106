import { describeWithBroker } from '@millrace/testing/vitest'
import { uniqueName } from '@millrace/testing'
import { afterEach, expect, test } from 'vitest'
import { createDriverSetup } from '../test-support/driver-setup.js'

const never = new AbortController().signal

describeWithBroker('the ends of logs', (broker) => {
  const { setup, leaveAll } = createDriverSetup(broker)
  afterEach(leaveAll)

  test('are those of a read_committed reader: what an open transaction holds back does not count', async () => {
    const { join, produce, topic } = await setup(2)
    const pipeline = join()
    await pipeline.when('assigned', ({ leases }) => leases.length === 2)
    await produce(3, 0, [1])
    const id = uniqueName('open')
    const record = { partition: 0, value: 'open' }
    await broker.probe.produce(topic, [record], { transaction: { id, outcome: 'open' } })

    const ends = async (): Promise<(bigint | undefined)[]> => {
      const found = await pipeline.member.endOffsets(pipeline.leases, never)
      return [0, 1].map((wanted) => found.get(pipeline.leases.find(({ partition }) => partition === wanted) as never))
    }
    expect(await ends()).toEqual([0n, 3n])
    await broker.probe.endTransaction(id, 'abort')
    await expect.poll(ends).toEqual([2n, 3n]) // the aborted record and its marker: all of it is behind the position in the end
    await pipeline.when('the markers are passed', ({ batches }) =>
      batches.some(({ lease, batch }) => lease.partition === 0 && batch.nextOffset === 2n),
    )
  })

  test('are not told of a topic that is gone, and nothing hangs or throws over it', async () => {
    const { join, topic } = await setup(1)
    const pipeline = join()
    await pipeline.when('assigned', ({ leases }) => leases.length === 1)
    const [...leases] = pipeline.leases
    await broker.admin.deleteTopic(topic)
    await expect.poll(async () => (await pipeline.member.endOffsets(leases, never)).size).toBe(0)
    expect((await pipeline.member.endOffsets(leases, AbortSignal.abort())).size).toBe(0)
  })
})
