import { scenario } from '../scenario.js'
import { groupsListedBy } from '../stage.js'

const committedOf = (
  topics: readonly {
    topic: string
    partitions: readonly { partition: number; offset: string; metadata: string | null }[]
  }[],
) =>
  topics
    .flatMap(({ topic, partitions }) =>
      partitions.map(({ partition, offset, metadata }) => `${topic} ${partition}@${offset} ${metadata ?? 'null'}`),
    )
    .toSorted()

const values = (count: number) => Array.from({ length: count }, (_, index) => ({ value: String(index), partition: 0 }))

export const offsetScenarios = [
  scenario('offsets that an admin sets are where a consumer starts', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await s.probe.produce(topic, values(5))
    const admin = await s.admin()
    await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: '3' }] })
    s.is('fetched', committedOf(await admin.fetchOffsets({ groupId: group, topics: [topic] })), [`${topic} 0@3 null`])
    s.trace('java', await s.java.committed(group))
    const listener = await s.listen({ group, topics: [topic] })
    s.is(
      'first',
      (await listener.first(2)).map(({ message }) => message.offset),
      ['3', '4'],
    )
  }),
  scenario('offsets that Java sets are where the driver starts', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const group = s.named('g')
    await s.probe.produce(topic, values(5))
    await s.java.setCommitted(
      group,
      topic,
      new Map([
        [0, 4n],
        [1, 0n],
      ]),
    )
    const leases = await s.member(group, [topic]).assigned()
    s.is(
      'starts',
      leases.map(({ partition, startOffset }) => [partition, startOffset]),
      [
        [0, '4'],
        [1, '0'],
      ],
    )
  }),
  scenario('a group that never committed has no offsets', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const admin = await s.admin()
    s.trace('kafkajs', await admin.fetchOffsets({ groupId: s.named('g'), topics: [topic] }))
    s.is('everything', await admin.fetchOffsets({ groupId: s.named('g') }), [])
    s.is('java', await s.java.committed(s.named('g')), [])
  }),
  scenario('every topic of a group in one answer', async (s) => {
    const [a, b] = [await s.topic({ partitions: 2 }, 'a'), await s.topic({}, 'b')]
    const group = s.named('g')
    await s.java.setCommitted(group, a, new Map([[1, 7n]]))
    await s.java.setCommitted(group, b, new Map([[0, 1n]]))
    const admin = await s.admin()
    const found = committedOf(await admin.fetchOffsets({ groupId: group }))
    s.trace('all', found)
    s.is('count', found.length, 2)
    s.trace('by name', committedOf(await admin.fetchOffsets({ groupId: group, topics: [a, b] })))
  }),
  scenario('offsets go back, beyond the end and below zero if somebody wants them to', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await s.probe.produce(topic, values(2))
    for (const offset of [2n, 0n, 1000n, 1n]) {
      await s.java.setCommitted(group, topic, new Map([[0, offset]]))
      s.is(
        `${offset}`,
        (await s.java.committed(group)).map((found) => found.offset),
        [offset.toString()],
      )
    }
    s.trace('below zero', await s.java.setCommitted(group, topic, new Map([[0, -5n]])).catch((error: unknown) => error))
    s.trace('at last', await s.java.committed(group))
  }),
  scenario('offsets of a topic that is not there are refused', async (s) => {
    const group = s.named('g')
    await s.refused(
      'java',
      s.java.setCommitted(group, s.named('nowhere'), new Map([[0, 1n]])),
      'UnknownTopicOrPartitionException',
    )
    const topic = await s.topic()
    await s.refused(
      'partition',
      s.java.setCommitted(group, topic, new Map([[9, 1n]])),
      'UnknownTopicOrPartitionException',
    )
    s.trace(
      'group',
      (await groupsListedBy(s)).filter(({ group: name }) => name === group),
    )
  }),
  scenario('a consumer at work commits, and says so', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await s.probe.produce(topic, values(5))
    const listener = await s.listen({ group, topics: [topic], autoCommit: false })
    await listener.first(5)
    await listener.consumer.commitOffsets([{ topic, partition: 0, offset: '2', metadata: 'half way' }])
    s.is('committed', await s.java.committed(group), [{ topic, partition: 0, offset: '2', metadata: 'half way' }])
    await listener.stop()
    const next = await s.listen({ group, topics: [topic] })
    s.is(
      'goes on',
      (await next.first(3)).map(({ message }) => message.offset),
      ['2', '3', '4'],
    )
  }),
  scenario('what is committed by itself when a consumer stops', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await s.probe.produce(topic, values(5))
    const listener = await s.listen({ group, topics: [topic] })
    await listener.first(5)
    await listener.stop()
    s.is(
      'committed',
      (await s.java.committed(group)).map(({ offset }) => offset),
      ['5'],
    )
  }),
  scenario('a note above the limit is refused, and one below is kept', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const group = s.named('g')
    const listener = await s.listen({ group, topics: [topic], autoCommit: false })
    await listener.joined()
    const commit = (partition: number, length: number) =>
      listener.consumer.commitOffsets([{ topic, partition, offset: '1', metadata: 'n'.repeat(length) }])
    await commit(0, 4096)
    await s.refused('4097', commit(1, 4097), 'OFFSET_METADATA_TOO_LARGE')
    s.is(
      'kept',
      (await s.java.committed(group)).map(({ partition, metadata }) => [partition, metadata?.length ?? 0]),
      [[0, 4096]],
    )
  }),
  scenario('nobody sets offsets of a group at work', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    const listener = await s.listen({ group, topics: [topic] })
    await listener.joined()
    await s.refused('java', s.java.setCommitted(group, topic, new Map([[0, 1n]])), 'UnknownMemberIdException')
    const admin = await s.admin()
    const partitions = [{ partition: 0, offset: '1' }]
    s.trace('kafkajs', await admin.setOffsets({ groupId: group, topic, partitions }).catch((error: unknown) => error))
    s.is('committed', await s.java.committed(group), [])
  }),
  ...[true, false].map((earliest) =>
    scenario(`a reset goes to the ${earliest ? 'start' : 'end'} of the log`, async (s) => {
      const topic = await s.topic()
      const group = s.named('g')
      await s.probe.produce(topic, values(5))
      await s.java.deleteRecords(topic, new Map([[0, 2n]]))
      const admin = await s.admin()
      await admin.resetOffsets({ groupId: group, topic, earliest })
      s.trace('as set', committedOf(await admin.fetchOffsets({ groupId: group, topics: [topic] })))
      const resolved = await admin.fetchOffsets({ groupId: group, topics: [topic], resolveOffsets: true })
      s.trace('resolved', committedOf(resolved))
      const [found] = resolved
      s.is('offset', found?.partitions.find(({ partition }) => partition === 0)?.offset, earliest ? '2' : '5')
    }),
  ),
  scenario('offsets go with their group, and with their topic', async (s) => {
    const [a, b] = [await s.topic({}, 'a'), await s.topic({}, 'b')]
    const group = s.named('g')
    await s.java.setCommitted(group, a, new Map([[0, 1n]]))
    await s.java.setCommitted(group, b, new Map([[0, 2n]]))
    await s.java.deleteTopic(a)
    const left = await s.until('one is left', async () => {
      const found = await s.java.committed(group)
      return found.length === 1 ? found : undefined
    })
    s.is(
      'of the other topic',
      left.map(({ topic }) => topic),
      [b],
    )
    await s.java.deleteGroup(group)
    s.is('none', await s.java.committed(group), [])
  }),
  scenario('the driver commits several partitions at once', async (s) => {
    const topic = await s.topic({ partitions: 3 })
    const group = s.named('g')
    await s.probe.produce(
      topic,
      [0, 1, 2].flatMap((partition) => values(3).map(({ value }) => ({ partition, value }))),
    )
    const member = s.member(group, [topic])
    const leases = await member.assigned()
    await member.first(9)
    await member.member.commit(
      leases.map((lease) => ({ lease, offset: BigInt(lease.partition + 1) })),
      AbortSignal.timeout(10_000),
    )
    const found = (await s.java.committed(group)).toSorted((x, y) => x.partition - y.partition)
    s.trace('all of it', found)
    s.is(
      'offsets',
      found.map(({ offset }) => offset),
      ['1', '2', '3'],
    )
  }),
  scenario('the driver knows where its leases end', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    await s.probe.produce(topic, values(5))
    const producer = await s.probe.transactional(s.named('tx'))
    await producer.begin()
    await producer.send(topic, [
      { partition: 0, value: 'open' },
      { partition: 1, value: 'open' },
    ])
    const member = s.member(s.named('g'), [topic])
    const leases = await member.assigned()
    const ends = await member.member.endOffsets(leases, AbortSignal.timeout(10_000))
    s.is(
      'ends',
      leases.map((lease) => [lease.partition, ends.get(lease)]),
      [
        [0, '5'],
        [1, '0'],
      ],
    )
    await producer.abort()
  }),
]
