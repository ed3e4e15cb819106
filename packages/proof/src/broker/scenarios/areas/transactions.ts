import { ok } from 'node:assert/strict'
import { short } from '../readable.js'
import { scenario } from '../scenario.js'
import { ended, stored, transactional } from '../transactional-stage.js'

export const transactionScenarios = [
  scenario('what kafkajs commits is visible, and what it aborts is not', async (s) => {
    const topic = await s.topic()
    const producer = await transactional(s, s.named('tx'))
    const committed = await producer.transaction()
    s.trace(
      'sent',
      await committed.send({
        topic,
        messages: [
          { value: 'a', timestamp: '1' },
          { value: 'b', timestamp: '1' },
        ],
      }),
    )
    await committed.commit()
    await ended(s, s.named('tx'), 'CompleteCommit')
    const aborted = await producer.transaction()
    await aborted.send({ topic, messages: [{ value: 'c' }] })
    await aborted.abort()
    s.trace('state', await ended(s, s.named('tx'), 'CompleteAbort'))
    s.is('stored', await stored(s, topic), { committed: ['0@0 a', '0@1 b'], all: ['0@0 a', '0@1 b', '0@3 c'] })
    s.is('end', [...(await s.java.endOffsets(topic))], [[0, '5']])
  }),
  scenario('transactions follow each other at once', async (s) => {
    const topic = await s.topic()
    const producer = await transactional(s, s.named('tx'))
    for (const at of [0, 1, 2, 3]) {
      const transaction = await producer.transaction()
      await transaction.send({ topic, messages: [{ value: String(at) }] })
      await (at % 2 === 0 ? transaction.commit() : transaction.abort())
    }
    await ended(s, s.named('tx'), 'CompleteAbort')
    s.is('stored', await stored(s, topic), { committed: ['0@0 0', '0@4 2'], all: ['0@0 0', '0@2 1', '0@4 2', '0@6 3'] })
  }),
  scenario('one transaction over several topics is visible everywhere or nowhere', async (s) => {
    const [a, b] = [await s.topic({ partitions: 2 }, 'a'), await s.topic({}, 'b')]
    const producer = await s.probe.transactional(s.named('tx'))
    await producer.begin()
    await producer.send(a, [
      { partition: 0, value: 'a0' },
      { partition: 1, value: 'a1' },
    ])
    await producer.send(b, [{ value: 'b0' }])
    s.is('open', [await s.probe.read(a), await s.probe.read(b)], [[], []])
    s.trace('state', await ended(s, s.named('tx'), 'Ongoing'))
    await producer.commit()
    s.is('committed', [short(await s.probe.read(a)), short(await s.probe.read(b))], [['0@0 a0', '1@0 a1'], ['0@0 b0']])
  }),
  scenario('Java commits and aborts', async (s) => {
    const topic = await s.topic()
    const producer = await s.probe.transactional(s.named('tx'), { compression: 'lz4' })
    for (const outcome of ['abort', 'commit', 'abort'] as const) {
      await producer.begin()
      s.trace(`sent, then ${outcome}`, await producer.send(topic, [{ value: outcome }, { value: outcome }]))
      await producer[outcome]()
    }
    s.is('stored', (await stored(s, topic)).committed, ['0@3 commit', '0@4 commit'])
  }),
  scenario('a transaction without records is one too', async (s) => {
    const topic = await s.topic()
    const producer = await s.probe.transactional(s.named('tx'))
    await producer.begin()
    await producer.commit()
    s.trace('nothing in it', await s.probe.transactions(s.named('tx')))
    await producer.begin()
    await producer.send(topic, [{ value: 'a' }])
    await producer.commit()
    s.is('stored', short(await s.probe.read(topic)), ['0@0 a'])
  }),
  scenario('whoever opens the same id later fences the earlier one', async (s) => {
    const topic = await s.topic()
    const elder = await s.probe.transactional(s.named('tx'))
    await elder.begin()
    await elder.send(topic, [{ value: 'elder' }])
    const younger = await s.probe.transactional(s.named('tx'))
    await s.refused('elder sends', elder.send(topic, [{ value: 'late' }]), 'InvalidProducerEpochException')
    await younger.begin()
    await younger.send(topic, [{ value: 'younger' }])
    await younger.commit()
    s.trace('elder commits', await elder.commit().catch((error: unknown) => error))
    s.is('stored', (await stored(s, topic)).committed, ['0@2 younger'])
  }),
  scenario('kafkajs is fenced by kafkajs', async (s) => {
    const topic = await s.topic()
    const elder = await transactional(s, s.named('tx'))
    const transaction = await elder.transaction()
    await transaction.send({ topic, messages: [{ value: 'elder' }] })
    const younger = await transactional(s, s.named('tx'))
    const next = await younger.transaction()
    s.trace(
      'elder sends',
      await transaction.send({ topic, messages: [{ value: 'late' }] }).catch((error: unknown) => error),
    )
    s.trace('elder commits', await transaction.commit().catch((error: unknown) => error))
    await next.send({ topic, messages: [{ value: 'younger' }] })
    await next.commit()
    await ended(s, s.named('tx'), 'CompleteCommit')
    s.is('stored', (await stored(s, topic)).committed, ['0@2 younger'])
  }),
  scenario('a transaction that takes too long is aborted by the broker', async (s) => {
    const topic = await s.topic()
    const producer = await s.probe.transactional(s.named('tx'), { properties: { 'transaction.timeout.ms': '1000' } })
    await producer.begin()
    await producer.send(topic, [{ value: 'slow' }])
    s.trace('state', await ended(s, s.named('tx'), 'CompleteAbort'))
    s.trace('commit', await producer.commit().catch((error: unknown) => error))
    s.is('stored', (await stored(s, topic)).committed, [])
    s.is('end', [...(await s.java.endOffsets(topic, { isolation: 'read_committed' }))], [[0, '2']])
  }),
  scenario('kafkajs is told that its transaction was aborted', async (s) => {
    const topic = await s.topic()
    const producer = await transactional(s, s.named('tx'), 1000)
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value: 'slow' }] })
    await ended(s, s.named('tx'), 'CompleteAbort')
    s.trace('send', await transaction.send({ topic, messages: [{ value: 'late' }] }).catch((error: unknown) => error))
    await s.refused('commit', transaction.commit(), 'INVALID_PRODUCER_EPOCH')
    s.is('stored', await stored(s, topic), { committed: [], all: ['0@0 slow'] })
  }),
  scenario('the driver ends what was aborted for it, and goes on', async (s) => {
    const topic = await s.topic()
    const sender = await s.transactions({ transactionalId: s.named('tx'), transactionTimeoutMs: 1000 })
    const slow = sender.begin()
    await slow.send({ topic, key: null, value: Buffer.from('slow') })
    await ended(s, s.named('tx'), 'CompleteAbort')
    await s.refused('commit', slow.commit(), 'MILLRACE_TRANSACTION_FENCED')
    const next = sender.begin()
    await next.send({ topic, key: null, value: Buffer.from('next') })
    await next.commit()
    s.is('stored', (await stored(s, topic)).committed, ['0@2 next'])
  }),
  scenario('a time-out above the limit of the broker is refused', async (s) => {
    const id = s.named('tx')
    const java = s.probe.transactional(id, { properties: { 'transaction.timeout.ms': '900001' } })
    // The name of it depends on the client.
    const refusal = await java.then(
      () => undefined,
      (error: unknown) => error,
    )
    s.trace('java', refusal)
    ok(refusal, 'java is refused')
    const producer = await transactional(s, id, 900_001)
    await s.refused('kafkajs', producer.transaction(), 'INVALID_TRANSACTION_TIMEOUT')
    s.trace(
      'driver',
      await s.transactions({ transactionalId: id, transactionTimeoutMs: 900_001 }).then(
        () => 'opened',
        (error: unknown) => error,
      ),
    )
  }),
  scenario('a topic that is deleted inside of a transaction does not block it', async (s) => {
    const [a, b] = [await s.topic({}, 'a'), await s.topic({}, 'b')]
    const producer = await s.probe.transactional(s.named('tx'))
    await producer.begin()
    await producer.send(a, [{ value: 'a' }])
    await producer.send(b, [{ value: 'b' }])
    await s.java.deleteTopic(a)
    await producer.commit()
    s.is('the other', short(await s.probe.read(b)), ['0@0 b'])
    await producer.begin()
    await producer.send(b, [{ value: 'next' }])
    await producer.commit()
    s.is('and the next', short(await s.probe.read(b)), ['0@0 b', '0@2 next'])
  }),
  scenario('a producer that is gone leaves its transaction to whoever takes its id', async (s) => {
    const topic = await s.topic()
    const gone = await s.probe.transactional(s.named('tx'))
    await gone.begin()
    await gone.send(topic, [{ value: 'gone' }])
    await gone.close()
    s.is('open', (await ended(s, s.named('tx'), 'Ongoing')).partitions, 1)
    const next = await s.probe.transactional(s.named('tx'))
    await next.begin()
    await next.send(topic, [{ value: 'next' }])
    await next.commit()
    s.is('stored', await stored(s, topic), { committed: ['0@2 next'], all: ['0@0 gone', '0@2 next'] })
  }),
  scenario('transactions are listed by their ids', async (s) => {
    for (const id of ['tx-b', 'tx-a']) {
      const producer = await s.probe.transactional(s.named(id), { properties: { 'transaction.timeout.ms': '12345' } })
      await producer.close()
    }
    const found = await s.probe.transactions(s.named('tx-'))
    s.is(
      'found',
      found.toSorted((x, y) => (x.transactionalId < y.transactionalId ? -1 : 1)),
      ['tx-a', 'tx-b'].map((id) => ({
        transactionalId: s.named(id),
        state: 'Empty',
        coordinator: 1,
        timeoutMs: 12_345,
        partitions: 0,
      })),
    )
  }),
  scenario('a refused record spoils its transaction', async (s) => {
    const topic = await s.topic({ configs: { 'max.message.bytes': '1000' } })
    const sender = await s.transactions({
      transactionalId: s.named('tx'),
      transactionTimeoutMs: 30_000,
      compression: 'none',
    })
    const transaction = sender.begin()
    await transaction.send({ topic, key: null, value: Buffer.from('small') })
    await s.refused(
      'large',
      transaction.send({ topic, key: null, value: Buffer.alloc(5000) }),
      'MILLRACE_PRODUCE_TOO_LARGE',
    )
    s.trace('commit', await transaction.commit().catch((error: unknown) => error))
    await transaction.abort()
    const next = sender.begin()
    await next.send({ topic, key: null, value: Buffer.from('next') })
    await next.commit()
    s.is('stored', (await stored(s, topic)).committed, ['0@2 next'])
  }),
]
