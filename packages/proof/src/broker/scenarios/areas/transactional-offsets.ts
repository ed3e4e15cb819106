import { short } from '../readable.js'
import { scenario } from '../scenario.js'
import { ended, stored, transactional } from '../transactional-stage.js'

export const transactionalOffsetScenarios = [
  scenario('offsets of a transaction count when it is committed', async (s) => {
    const [source, target] = [await s.topic({}, 'source'), await s.topic({}, 'target')]
    const group = s.named('g')
    const producer = await transactional(s, s.named('tx'))
    const admin = await s.admin()
    const committed = async () => (await admin.fetchOffsets({ groupId: group, topics: [source] }))[0]?.partitions
    const run = async (value: string, offset: string, end: 'commit' | 'abort') => {
      const transaction = await producer.transaction()
      await transaction.send({ topic: target, messages: [{ value }] })
      await transaction.sendOffsets({
        consumerGroupId: group,
        topics: [{ topic: source, partitions: [{ partition: 0, offset }] }],
      })
      s.trace(`${value}, open`, await committed())
      await transaction[end]()
      await ended(s, s.named('tx'), end === 'commit' ? 'CompleteCommit' : 'CompleteAbort')
      s.trace(`${value}, ended`, await committed())
    }
    await run('a', '5', 'commit')
    await run('b', '9', 'abort')
    await run('c', '7', 'commit')
    s.is(
      'java',
      (await s.java.committed(group)).map(({ offset }) => offset),
      ['7'],
    )
    s.is('records', (await stored(s, target)).committed, ['0@0 a', '0@4 c'])
  }),
  scenario('a start that waits for pending offsets sees them when they are final', async (s) => {
    const topic = await s.topic()
    const group = s.named('g')
    await s.probe.produce(topic, [{ value: 'a' }, { value: 'b' }, { value: 'c' }])
    const producer = await s.probe.transactional(s.named('tx'))
    await producer.begin()
    await producer.sendOffsets(group, topic, new Map([[0, 2n]]))
    s.trace('pending', await s.java.committed(group).catch((error: unknown) => error))
    const member = s.member(group, [topic])
    await producer.commit()
    const [lease] = await member.assigned()
    s.is('start', lease?.startOffset, '2')
    s.is('records', short(await member.first(1)), ['0@2 c'])
  }),
  scenario('the driver commits records and the offsets of its leases together', async (s) => {
    const [source, target] = [await s.topic({}, 'source'), await s.topic({}, 'target')]
    const group = s.named('g')
    await s.probe.produce(source, [{ value: 'a' }, { value: 'b' }])
    const member = s.member(group, [source])
    await member.first(2)
    const [lease] = await member.assigned()
    const sender = await s.transactions({ transactionalId: s.named('tx'), transactionTimeoutMs: 30_000 })
    const transaction = sender.begin()
    await transaction.send({ topic: target, key: null, value: Buffer.from('out') })
    await transaction.commit(lease ? [{ lease, offset: 2n }] : [])
    await ended(s, s.named('tx'), 'CompleteCommit')
    s.is(
      'offsets',
      (await s.java.committed(group)).map(({ offset }) => offset),
      ['2'],
    )
    s.is('records', (await stored(s, target)).committed, ['0@0 out'])
    const aborted = sender.begin()
    await aborted.send({ topic: target, key: null, value: Buffer.from('never') })
    await aborted.abort()
    s.is('after an abort', (await stored(s, target)).committed, ['0@0 out'])
    s.trace('state', await ended(s, s.named('tx'), 'CompleteAbort'))
  }),
  scenario('offsets of a lease that has moved on are fenced', async (s) => {
    const [source, target] = [await s.topic({}, 'source'), await s.topic({}, 'target')]
    const group = s.named('g')
    const member = s.member(group, [source])
    const [lease] = await member.assigned()
    const sender = await s.transactions({ transactionalId: s.named('tx'), transactionTimeoutMs: 30_000 })
    await member.leave()
    const transaction = sender.begin()
    await transaction.send({ topic: target, key: null, value: Buffer.from('late') })
    await s.refused('commit', transaction.commit(lease ? [{ lease, offset: 2n }] : []), 'MILLRACE_TRANSACTION_FENCED')
    s.is('nothing', [await s.java.committed(group), (await stored(s, target)).committed], [[], []])
  }),
]
