import { fromProbe, short } from '../readable.js'
import { scenario } from '../scenario.js'
import type { Stage } from '../stage.js'

const both = async (s: Stage, topic: string) => ({
  committed: short(await s.probe.read(topic)),
  all: short(await s.probe.read(topic, { isolation: 'read_uncommitted' })),
})

/** Transactions of A and B in one partition: `A` and `B` write a record, `a` and `b` abort, `c` and `d` commit. */
async function interleave(s: Stage, topic: string, plan: string): Promise<void> {
  const [first, second] = [await s.probe.transactional(s.named('tx-a')), await s.probe.transactional(s.named('tx-b'))]
  const open = new Set<typeof first>()
  for (const [index, step] of plan.split('').entries()) {
    const producer = 'Aac'.includes(step) ? first : second
    if ('AB'.includes(step)) {
      if (!open.has(producer)) await producer.begin()
      open.add(producer)
      await producer.send(topic, [{ partition: 0, value: `${step}${index}` }])
    } else if (step === '.') {
      await s.probe.produce(topic, [{ partition: 0, value: `plain${index}` }])
    } else {
      open.delete(producer)
      await ('ab'.includes(step) ? producer.abort() : producer.commit())
    }
  }
}

const plans = [
  ['a reader sees neither of two aborted transactions', 'BAab'],
  ['the one that was begun first is aborted last', 'AB.ba.'],
  ['one is aborted and one is committed', 'ABABad'],
  ['one is committed inside of an aborted one', 'ABdAa.'],
  ['the same producer aborts, commits and aborts', 'AaAcAa.'],
  ['an aborted one in the shadow of an open one', 'ABbAc'],
] as const

const overlapping = plans.map(([name, plan]) =>
  scenario(`${name} (${plan})`, async (s) => {
    const topic = await s.topic()
    await interleave(s, topic, plan)
    const found = await both(s, topic)
    s.trace('java', found)
    const committed = found.committed
    s.is(
      'driver',
      short(committed.length > 0 ? await s.member(s.named('d'), [topic]).first(committed.length) : []),
      committed,
    )
    // kafkajs takes the aborted list to be sorted by first offsets, which it is not: it shows what it should not, and has to show the same.
    const records = await s.listen({ group: s.named('k'), topics: [topic] })
    await s.probe.produce(topic, [{ partition: 0, value: 'last' }])
    await s.until('the last', () => records.heard.find(({ message }) => message.value?.toString() === 'last'))
    s.trace('kafkajs', short(records.heard))
    const dirty = await s.listen({ group: s.named('u'), topics: [topic], readUncommitted: true })
    s.is('kafkajs, everything', short(await dirty.first(found.all.length)), found.all)
  }),
)

export const readCommittedScenarios = [
  ...overlapping,
  scenario('plain records wait behind an open transaction', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, [{ value: 'before' }])
    const producer = await s.probe.transactional(s.named('tx'))
    await producer.begin()
    await producer.send(topic, [{ value: 'open' }])
    await s.probe.produce(topic, [{ value: 'behind' }])
    s.is('open', await both(s, topic), { committed: ['0@0 before'], all: ['0@0 before', '0@1 open', '0@2 behind'] })
    const ends = async () => [
      ...(await s.java.endOffsets(topic, { isolation: 'read_committed' })).values(),
      ...(await s.java.endOffsets(topic)).values(),
    ]
    s.is('ends', await ends(), ['1', '3'])
    await producer.commit()
    s.is('committed', (await both(s, topic)).committed, ['0@0 before', '0@1 open', '0@2 behind'])
    s.is('ends then', await ends(), ['4', '4'])
  }),
  scenario('a waiting reader hears a transaction when it is committed', async (s) => {
    const topic = await s.topic()
    const member = s.member(s.named('g'), [topic])
    await member.assigned()
    const producer = await s.probe.transactional(s.named('tx'))
    await producer.begin()
    await producer.send(topic, [{ value: 'a' }, { value: 'b' }])
    s.is('open', member.delivered.length, 0)
    await producer.commit()
    s.is('committed', short(await member.first(2)), ['0@0 a', '0@1 b'])
  }),
  scenario('readers that wait never hear what is open, nor what is aborted then', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const member = s.member(s.named('d'), [topic])
    const listener = await s.listen({ group: s.named('k'), topics: [topic] })
    await Promise.all([member.assigned(), listener.joined()])
    const producer = await s.probe.transactional(s.named('tx'))
    await producer.begin()
    await producer.send(topic, [{ partition: 0, value: 'open' }])
    // What comes from the other partition shows that both have been asked for since.
    for (const at of [0, 1, 2]) {
      await s.probe.produce(topic, [{ partition: 1, value: String(at) }])
      await Promise.all([member.first(at + 1), listener.first(at + 1)])
    }
    s.is(
      'while it is open',
      [short(member.delivered), short(listener.heard)],
      [
        ['1@0 0', '1@1 1', '1@2 2'],
        ['1@0 0', '1@1 1', '1@2 2'],
      ],
    )
    await producer.abort()
    await s.probe.produce(topic, [{ partition: 0, value: 'after' }])
    await Promise.all([member.first(4), listener.first(4)])
    s.is('at last', [short(member.delivered.slice(3)), short(listener.heard.slice(3))], [['0@2 after'], ['0@2 after']])
  }),
  scenario('a reader starts in the middle of an aborted transaction', async (s) => {
    const topic = await s.topic()
    const producer = await s.probe.transactional(s.named('tx'))
    for (const outcome of ['abort', 'commit'] as const) {
      await producer.begin()
      for (const value of ['1', '2', '3']) await producer.send(topic, [{ value: `${outcome} ${value}` }])
      await producer[outcome]()
    }
    for (const fromOffset of [0n, 1n, 2n, 3n, 4n, 5n]) {
      s.trace(`from ${fromOffset}`, short(await s.probe.read(topic, { fromOffset })))
    }
    s.is('from 2', short(await s.probe.read(topic, { fromOffset: 2n })), [
      '0@4 commit 1',
      '0@5 commit 2',
      '0@6 commit 3',
    ])
  }),
  scenario('many aborted transactions beside each other in several partitions', async (s) => {
    const topic = await s.topic({ partitions: 3 })
    const producer = await s.probe.transactional(s.named('tx'))
    for (let round = 0; round < 12; round += 1) {
      await producer.begin()
      await producer.send(topic, [
        { partition: round % 3, value: `${round}` },
        { partition: (round + 1) % 3, value: `${round}` },
      ])
      await (round % 4 === 0 ? producer.commit() : producer.abort())
    }
    const found = await both(s, topic)
    s.trace('java', found)
    s.is('committed', found.committed.length, 6)
    s.is('driver', short(await s.member(s.named('g'), [topic]).first(6)), found.committed)
  }),
  scenario('the ends that kafkajs asks for do not stop at open transactions', async (s) => {
    const topic = await s.topic()
    const producer = await s.probe.transactional(s.named('tx'))
    await producer.begin()
    await producer.send(topic, [{ value: 'open', timestamp: 1000 }])
    const admin = await s.admin()
    s.trace('ends', await admin.fetchTopicOffsets(topic))
    s.trace('by time', await admin.fetchTopicOffsetsByTimestamp(topic, 500))
    s.is('java', [...(await s.java.endOffsets(topic, { isolation: 'read_committed' })).values()], ['0'])
    await producer.abort()
    s.trace('ends then', await admin.fetchTopicOffsets(topic))
  }),
  scenario('aborted records that were deleted are no burden', async (s) => {
    const topic = await s.topic()
    await interleave(s, topic, 'AABaBd')
    await s.java.deleteRecords(topic, new Map([[0, 2n]]))
    s.is('left', await both(s, topic), { committed: ['0@2 B2', '0@4 B4'], all: ['0@2 B2', '0@4 B4'] })
  }),
  scenario('committed records keep their keys, headers and times', async (s) => {
    const topic = await s.topic()
    const producer = await s.probe.transactional(s.named('tx'), { compression: 'gzip' })
    await producer.begin()
    await producer.send(topic, [
      {
        key: 'k',
        value: 'v',
        timestamp: 1000,
        headers: [
          ['h', 'x'],
          ['h', null],
        ],
      },
      { key: 'k', value: null, timestamp: 999 },
    ])
    await producer.commit()
    const records = (await s.probe.read(topic)).map(fromProbe)
    s.is('records', records, [
      {
        at: '0@0',
        key: 'k',
        value: 'v',
        headers: [
          ['h', 'x'],
          ['h', null],
        ],
        timestamp: '1000',
        timestampType: 'CreateTime',
      },
      { at: '0@1', key: 'k', value: null, headers: [], timestamp: '999', timestampType: 'CreateTime' },
    ])
  }),
]
