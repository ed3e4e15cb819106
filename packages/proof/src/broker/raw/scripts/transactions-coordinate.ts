import { buildBatch } from '../build-batch.js'
import { fetchFrom, produceTo } from '../request-bodies.js'
import { script } from '../script.js'
import { scriptedProducer } from '../scripted-producer.js'
import type { Stage } from '../stage.js'

const producer = (s: Stage, name = 'id') => scriptedProducer(s, s.named(name))
const init = (transactionalId: string | null, transactionTimeoutMs = 60_000) => ({
  transactionalId,
  transactionTimeoutMs,
})

export const transactionCoordinateScripts = [
  script('an id gets epoch 0, and the next one each time', async (s) => {
    for (const version of [0, 1, 2, 3, 4]) await s.ask('InitProducerId', version, init(s.named('id')))
    await s.ask('InitProducerId', 1, init(s.named('other')))
  }),
  script('timeouts and ids that cannot be', async (s) => {
    for (const version of [0, 1, 4]) {
      for (const timeout of [0, -1, 900_001])
        await s.ask('InitProducerId', version, init(s.named('id'), timeout), { note: `${timeout}` })
      await s.ask('InitProducerId', version, init(''), { note: 'empty id' })
    }
    await s.ask('InitProducerId', 1, init(s.named('id'), 900_000), { note: '900000' })
  }),
  script('beginning anew aborts what was open', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await a.begin(s, topic)
    await s.ask('InitProducerId', 1, init(a.id))
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { readCommitted: true }))
    await s.ask('Produce', 7, a.produce(topic), { note: 'the old epoch' })
    await s.ask('AddPartitionsToTxn', 1, a.addPartitions({ [topic]: [0] }), { note: 'the old epoch' })
    await s.ask('EndTxn', 1, a.end(true), { note: 'the old epoch' })
  }),
  script('a client raises its epoch itself', async (s) => {
    const { producerId, producerEpoch } = await s.ask('InitProducerId', 4, init(s.named('id')))
    const own = { ...init(s.named('id')), producerId, producerEpoch }
    await s.ask('InitProducerId', 4, own, { note: 'its own' })
    await s.ask('InitProducerId', 4, own, { note: 'the same again' })
    await s.ask('InitProducerId', 4, { ...own, producerEpoch: 1 }, { note: 'the new one' })
    await s.ask('InitProducerId', 4, own, { note: 'an old one' })
    await s.ask('InitProducerId', 4, { ...own, producerEpoch: 9 }, { note: 'one to come' })
    await s.ask('InitProducerId', 3, { ...own, producerEpoch: 0 }, { note: 'an old one' })
    await s.ask(
      'InitProducerId',
      4,
      { ...own, producerId: producerId + 5_000n, producerEpoch: 2 },
      { note: 'another producer' },
    )
    await s.ask('InitProducerId', 4, { ...own, producerId: -1n, producerEpoch: 2 }, { note: 'an epoch alone' })
    await s.ask('InitProducerId', 4, { ...own, producerEpoch: -1 }, { note: 'a producer alone' })
    await s.ask(
      'InitProducerId',
      4,
      { ...init(s.named('never')), producerId, producerEpoch: 0 },
      { note: 'an id nobody knows' },
    )
  }),
  script('a client that raises its epoch aborts what was open', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await a.begin(s, topic)
    await s.ask('InitProducerId', 4, { ...init(a.id), producerId: a.pid, producerEpoch: a.epoch })
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { readCommitted: true }))
  }),
  script('partitions are added once and again', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const a = await producer(s)
    for (const version of [0, 1, 2]) await s.ask('AddPartitionsToTxn', version, a.addPartitions({ [topic]: [0] }))
    await s.ask('AddPartitionsToTxn', 1, a.addPartitions({ [topic]: [0, 1] }), { note: 'and another one' })
    await s.ask('AddPartitionsToTxn', 1, a.addPartitions({}), { note: 'none' })
    await s.ask('AddPartitionsToTxn', 1, a.addPartitions({ [topic]: [] }), { note: 'a topic without' })
    await a.finish(s, true)
  }),
  script('one unknown partition keeps all others out', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const a = await producer(s)
    for (const version of [0, 1, 2]) await s.ask('AddPartitionsToTxn', version, a.addPartitions({ [topic]: [0, 1, 7] }))
    await s.ask('Produce', 7, a.produce(topic), { note: 'not added' })
    await s.ask('EndTxn', 1, a.end(true))
  }),
  script('one unknown topic keeps all others out', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await s.ask('AddPartitionsToTxn', 1, a.addPartitions({ [s.named('none')]: [0] }), { note: 'alone' })
    await s.ask('AddPartitionsToTxn', 1, a.addPartitions({ [topic]: [0], [s.named('none')]: [0] }), {
      note: 'beside a good one',
    })
  }),
  script('partitions added by the wrong producer', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    for (const version of [0, 1, 2]) {
      const add = (note: string, other: Parameters<typeof a.addPartitions>[1]) =>
        s.ask('AddPartitionsToTxn', version, a.addPartitions({ [topic]: [0] }, other), { note })
      await add('a later epoch', { epoch: 5 })
      await add('an earlier epoch', { epoch: -1 })
      await add('another producer', { pid: a.pid + 9_000n })
      await add('an unknown id', { id: s.named('never') })
      await add('an empty id', { id: '' })
    }
  }),
  script('an old epoch is told by version', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    const b = await producer(s)
    await b.begin(s, topic)
    for (const version of [0, 1, 2]) {
      await s.ask('AddPartitionsToTxn', version, a.addPartitions({ [topic]: [0] }))
      await s.ask('AddOffsetsToTxn', version, a.addOffsets(s.named('g')))
      await s.ask('EndTxn', version, a.end(true))
    }
    for (const version of [3, 7, 8]) await s.ask('Produce', version, a.produce(topic, { sequence: 0 }))
    await b.finish(s, true)
  }),
  script('transactional batches that may not be written', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const a = await producer(s)
    for (const version of [3, 7, 8]) {
      await s.ask('Produce', version, a.produce(topic, { sequence: 0 }), { note: 'nothing begun' })
      await s.ask('Produce', version, a.produce(topic, { sequence: 0, transactionalId: null }), { note: 'no id' })
    }
    await s.quietly('AddPartitionsToTxn', 1, a.addPartitions({ [topic]: [0] }))
    for (const version of [3, 7, 8]) {
      await s.ask('Produce', version, a.produce(topic, { partition: 1, sequence: 0 }), { note: 'not added' })
      await s.ask('Produce', version, a.produce(topic, { sequence: 0, epoch: 5 }), { note: 'a later epoch' })
    }
    await s.ask('Produce', 7, a.produce(topic, { sequence: 0, transactionalId: s.named('never') }), {
      note: 'an unknown id',
    })
    await s.ask('Produce', 7, a.produce(topic, { sequence: 0, transactionalId: '' }), { note: 'an empty id' })
    await s.ask('Produce', 7, a.produce(topic, { sequence: 0, pid: a.pid + 9_000n }), { note: 'another producer' })
    await s.ask('Produce', 7, a.produce(topic, { sequence: 0 }), { note: 'good' })
    await s.ask('Produce', 7, a.produce(topic, { sequence: 1, transactional: false }), {
      note: 'a plain batch while it is open',
    })
    await a.finish(s, true)
    await s.ask('Produce', 7, a.produce(topic, { sequence: 1 }), { note: 'when it has ended' })
  }),
  script('plain batches of a transactional producer', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await s.ask('Produce', 7, a.produce(topic, { sequence: 0, transactional: false }), {
      note: 'nothing begun, with the id',
    })
    await s.ask('Produce', 7, a.produce(topic, { sequence: 1, transactional: false, transactionalId: null }), {
      note: 'nothing begun, without',
    })
    await s.ask('Produce', 7, produceTo(topic, buildBatch()), { note: 'no producer' })
    await s.ask('Produce', 7, produceTo(topic, buildBatch(), { transactionalId: a.id }), {
      note: 'no producer, with the id',
    })
  }),
]
