import { short } from '../readable.js'
import { scenario } from '../scenario.js'
import { ascending, partitionsOf, shares } from '../shares.js'

/** Members of millrace's driver. */
export const memberScenarios = [
  scenario('a member of the driver joins, works, commits and leaves', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const group = s.named('g')
    await s.probe.produce(topic, [
      { partition: 0, value: 'a' },
      { partition: 1, value: 'b' },
    ])
    const member = s.member(group, [topic])
    const leases = await member.assigned()
    s.is('records', short(await member.first(2)), ['0@0 a', '1@0 b'])
    s.is(
      'generation',
      member.assignments.map(({ generation }) => generation),
      [1],
    )
    s.is(
      'starts',
      leases.map(({ partition, startOffset }) => [partition, startOffset]),
      [
        [0, '0'],
        [1, '0'],
      ],
    )
    s.trace('running', await s.java.describeGroup(group))
    await member.member.commit(
      leases.map((lease) => ({ lease, offset: 1n, metadata: 'note' })),
      AbortSignal.timeout(10_000),
    )
    await member.leave()
    s.trace('left', await s.java.describeGroup(group))
    s.is(
      'revoked',
      member.revocations.map(({ leases: ended, lost }) => [ended.length, lost]),
      [[2, false]],
    )
    s.is(
      'committed',
      (await s.java.committed(group)).toSorted((a, b) => a.partition - b.partition),
      [0, 1].map((partition) => ({ topic, partition, offset: '1', metadata: 'note' })),
    )
  }),
  scenario('members of the driver take over where the others stopped', async (s) => {
    const topic = await s.topic({ partitions: 4 })
    const group = s.named('g')
    await s.probe.produce(
      topic,
      [0, 1, 2, 3].flatMap((partition) => [0, 1].map((at) => ({ partition, value: String(at) }))),
    )
    const one = s.member(group, [topic])
    await one.first(8)
    const [held] = await one.assigned()
    if (held !== undefined) await one.member.commit([{ lease: held, offset: 2n }], AbortSignal.timeout(10_000))
    const two = s.member(group, [topic])
    await Promise.all([one.assigned(2), two.assigned()])
    s.is('shares', shares([partitionsOf(await one.assigned(2)), partitionsOf(await two.assigned())]), {
      sizes: [2, 2],
      all: [0, 1, 2, 3],
    })
    s.is(
      'generations',
      [one.assignments.map(({ generation }) => generation), two.assignments.map(({ generation }) => generation)],
      [[1, 2], [2]],
    )
    await one.leave()
    await two.assigned(2)
    const starts = (await two.assigned(2)).map(({ partition, startOffset }) => [partition, startOffset === 2n] as const)
    s.is('one of them was committed', starts.filter(([, isCommitted]) => isCommitted).length, 1)
    s.is('all are here', starts.map(([partition]) => partition).toSorted(ascending), [0, 1, 2, 3])
  }),
  scenario('nothing can be committed for a lease that has ended', async (s) => {
    const topic = await s.topic()
    const member = s.member(s.named('g'), [topic])
    const [lease] = await member.assigned()
    await member.leave()
    const commit = lease && member.member.commit([{ lease, offset: 1n }], AbortSignal.timeout(5000))
    await s.refused('commit', commit ?? Promise.resolve(), 'MILLRACE_DRIVER_LEASE_ENDED')
    s.is('committed', await s.java.committed(s.named('g')), [])
  }),
]
