import { describeWithBroker } from '@millrace/testing/vitest'
import { afterEach, expect, test } from 'vitest'
import type { Guard } from '../guards/guard.js'
import { createDriverSetup } from '../test-support/driver-setup.js'

const OFFSET_COMMIT = 8
const TOPIC_AUTHORIZATION_FAILED = 29

/** Answers every commit of one partition as a broker does that does not let this client commit; the broker sees none of them. */
function refuseCommits(): { readonly guard: Guard; isOn: boolean } {
  const refusing = {
    isOn: false,
    guard: {
      name: 'refuse-commits',
      protect({ connectionPoolBuilder: builder }): void {
        const build = builder.build.bind(builder)
        builder.build = async (address) => {
          const pool = await build(address)
          const send = pool.send.bind(pool)
          pool.send = async (exchange) => {
            if (!refusing.isOn || exchange.request.apiKey !== OFFSET_COMMIT) return send(exchange)
            const partitions = [{ partition: 0, errorCode: TOPIC_AUTHORIZATION_FAILED }]
            return { responses: [{ topic: refusing.topic, partitions }] }
          }
          return pool
        }
      },
    } satisfies Guard,
    topic: '',
  }
  return refusing
}

describeWithBroker('positions', (broker) => {
  const { admin } = broker
  const commits = refuseCommits()
  const { setup, leaveAll } = createDriverSetup(broker, [commits.guard])
  afterEach(async () => {
    commits.isOn = false
    await leaveAll()
  })
  const committedOf = async (group: string): Promise<bigint[]> =>
    (await admin.committed(group)).sort((a, b) => a.partition - b.partition).map(({ offset }) => offset)

  test('a group that starts at the end commits it, so that a restart skips nothing', async () => {
    const { join, produce, group } = await setup()
    await produce(10)
    const first = join({ startFrom: 'latest' })
    await first.when('assigned', ({ assignments }) => assignments.length === 1)
    expect(await committedOf(group)).toEqual([5n, 5n])
    await first.leave()
    await produce(4, 10)
    const second = join({ startFrom: 'latest' })
    await second.when('what came in between', ({ handled }) => handled.length >= 4)

    expect(first.handled).toEqual([])
    expect(valuesOf(second)).toEqual([10, 11, 12, 13])
  })

  test('what a group that starts at the end was handed and did not settle before it crashed is handed over again', async () => {
    const { join, produce } = await setup()
    await produce(10)
    // Never commits, not even at its end: what a crash leaves behind.
    const first = join({ startFrom: 'latest' }, { commitEveryMs: 600_000, onRevoked: () => Promise.resolve() })
    await first.when('assigned', ({ assignments }) => assignments.length === 1)
    await produce(4, 10)
    await first.when('the new ones', ({ handled }) => handled.length === 4)
    await first.leave()
    const second = join({ startFrom: 'latest' })
    await second.when('the same again', ({ handled }) => handled.length >= 4)
    expect(valuesOf(second)).toEqual([10, 11, 12, 13])
  })

  test('nothing is handed over of a partition whose start at the end can not be committed, until it can', async () => {
    const { join, produce, group, topic } = await setup(1)
    await produce(10)
    Object.assign(commits, { isOn: true, topic })
    const pipeline = join({ startFrom: 'latest' })
    await pipeline.when('the report', ({ events }) => events.some(({ name }) => name === 'partition.failed'))
    await produce(5, 10)
    expect([pipeline.batches, await committedOf(group)]).toEqual([[], []])
    commits.isOn = false
    await pipeline.when('a start', ({ batches }) => batches.length > 0)
    expect(await committedOf(group)).toEqual([15n])
    await produce(1, 15)
    await pipeline.when('the next', ({ handled }) => handled.length === 1)
    expect(valuesOf(pipeline)).toEqual([15])
  })

  test('where a log began again is committed before anything is handed over, and nothing is while it can not be', async () => {
    const { join, produce, group, topic } = await setup(1)
    await produce(5)
    await admin.setCommitted(group, topic, new Map([[0, 50n]]))
    Object.assign(commits, { isOn: true, topic })
    // Never commits, not even at its end: what a crash leaves behind.
    const pipeline = join({}, { commitEveryMs: 600_000, onRevoked: () => Promise.resolve() })
    await pipeline.when('the report', ({ events }) => events.some(({ name }) => name === 'partition.failed'))
    expect([pipeline.assignments.length, pipeline.batches, await committedOf(group)]).toEqual([2, [], [50n]])
    commits.isOn = false
    await pipeline.when('all', ({ handled }) => handled.length === 5)
    expect(await committedOf(group)).toEqual([0n])
    expect(valuesOf(pipeline)).toEqual([0, 1, 2, 3, 4])
  })

  test('a log that began again ends its own lease as lost, and the others finish and commit', async () => {
    const { join, produce, group, topic } = await setup(2)
    await produce(10)
    await admin.setCommitted(group, topic, new Map([[0, 50n]]))
    // Commits only when its leases are taken.
    const pipeline = join({}, { commitEveryMs: 600_000 })
    await pipeline.when('all', ({ handled }) => handled.length >= 10)
    expect(valuesOf(pipeline)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    const revoked = pipeline.revocations.map(({ leases, lost }) => [leases.map(({ partition }) => partition), lost])
    expect(revoked).toEqual([
      [[0], true],
      [[1], false],
    ])
    expect(await committedOf(group)).toEqual([0n, 5n])
  })

  test('a commit beyond what was handed over is refused here, and one up to it is taken', async () => {
    const { join, produce, group } = await setup(1)
    await produce(10)
    const pipeline = join({}, { commitEveryMs: 600_000 })
    await pipeline.when('all', ({ handled }) => handled.length === 10)
    const [lease] = pipeline.leases
    if (lease === undefined) throw new Error('no lease')
    const commit = (offset: bigint) => pipeline.member.commit([{ lease, offset }], AbortSignal.timeout(10_000))
    await expect(commit(11n)).rejects.toMatchObject({
      code: 'MILLRACE_DRIVER_COMMIT_REFUSED',
      message: expect.stringContaining('beyond 10'),
    })
    expect(await committedOf(group)).toEqual([])
    await commit(10n)
    expect(await committedOf(group)).toEqual([10n])
    lease.seek(12n)
    await commit(12n)
    expect(await committedOf(group)).toEqual([12n])
  })
})

const valuesOf = ({ handled }: { readonly handled: readonly { readonly value: string }[] }): number[] =>
  handled.map(({ value }) => Number(value)).sort((a, b) => a - b)
