import { buildBatch } from '../build-batch.js'
import type { Answered } from '../raw-connection.js'
import { fetchFrom, listAt, offsetsOf, produceTo } from '../request-bodies.js'
import { script } from '../script.js'
import { producerWith, scriptedProducer } from '../scripted-producer.js'
import type { Stage } from '../stage.js'

const producer = (s: Stage, name = 'id') => scriptedProducer(s, s.named(name))
const init = (transactionalId: string | null, transactionTimeoutMs = 60_000) => ({
  transactionalId,
  transactionTimeoutMs,
})

/** Markers are on their way when an end is answered. */
const endsAt =
  (offset: bigint) =>
  ({ topics }: Answered<'ListOffsets'>): boolean =>
    topics[0]?.partitions[0]?.offset === offset

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
  script('an end when nothing is begun', async (s) => {
    const a = await producer(s)
    for (const version of [0, 1, 2]) {
      for (const committed of [true, false]) await s.ask('EndTxn', version, a.end(committed), { note: `${committed}` })
    }
  }),
  script('an end is said twice', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    for (const committed of [true, false]) {
      await a.begin(s, topic)
      for (const note of ['once', 'twice', 'thrice'])
        await s.ask('EndTxn', 1, a.end(committed), { note: `${note}, ${committed}` })
      await s.ask('EndTxn', 1, a.end(!committed), { note: `the other outcome, ${!committed}` })
    }
  }),
  script('ends by the wrong producer', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await a.begin(s, topic)
    for (const version of [0, 1, 2]) {
      await s.ask('EndTxn', version, a.end(true, { epoch: 5 }), { note: 'a later epoch' })
      await s.ask('EndTxn', version, a.end(true, { pid: a.pid + 9_000n }), { note: 'another producer' })
      await s.ask('EndTxn', version, a.end(true, { id: s.named('never') }), { note: 'an unknown id' })
      await s.ask('EndTxn', version, a.end(true, { id: '' }), { note: 'an empty id' })
    }
    await a.finish(s, true)
  }),
  script('a transaction may be without partitions or without records', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await s.quietly('AddPartitionsToTxn', 1, a.addPartitions({ [topic]: [0] }))
    await s.ask('EndTxn', 1, a.end(true), { note: 'without records' })
    await s.ask('AddOffsetsToTxn', 1, a.addOffsets(s.named('g')))
    await s.ask('EndTxn', 1, a.end(true), { note: 'with a group only' })
  }),
  script('offsets are part of a transaction in each version', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    const group = s.named('g')
    for (const version of [0, 1, 2, 3]) {
      await s.ask('AddOffsetsToTxn', Math.min(version, 2), a.addOffsets(group))
      await s.ask('TxnOffsetCommit', version, a.stage(group, topic, version + 1))
      await s.ask('OffsetFetch', 5, offsetsOf(group, topic), { note: 'pending' })
      await a.finish(s, version !== 1)
      await s.ask('OffsetFetch', 5, offsetsOf(group, topic), { note: 'ended' })
    }
  }),
  script('offsets without AddOffsets', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    const group = s.named('g')
    for (const version of [0, 1, 2, 3])
      await s.ask('TxnOffsetCommit', version, a.stage(group, topic, 1), { note: 'nothing begun' })
    await s.quietly('AddPartitionsToTxn', 1, a.addPartitions({ [topic]: [0] }))
    await s.ask('TxnOffsetCommit', 1, a.stage(group, topic, 1), { note: 'begun' })
    await a.finish(s, true)
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
  }),
  script('offsets added by the wrong producer', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    const group = s.named('g')
    for (const version of [0, 1, 2]) {
      await s.ask('AddOffsetsToTxn', version, a.addOffsets(group, { epoch: 4 }), { note: 'a later epoch' })
      await s.ask('AddOffsetsToTxn', version, a.addOffsets(group, { pid: a.pid + 9_000n }), {
        note: 'another producer',
      })
      await s.ask('AddOffsetsToTxn', version, a.addOffsets(group, { id: s.named('never') }), { note: 'an unknown id' })
    }
    await s.ask('AddOffsetsToTxn', 1, a.addOffsets(''), { note: 'no group' })
    await s.ask('AddOffsetsToTxn', 1, a.addOffsets(group))
    for (const version of [1, 3]) {
      await s.ask('TxnOffsetCommit', version, a.stage(group, topic, 1, { epoch: 4 }), { note: 'a later epoch' })
      await s.ask('TxnOffsetCommit', version, a.stage(group, topic, 1, { pid: a.pid + 9_000n }), {
        note: 'another producer',
      })
      await s.ask('TxnOffsetCommit', version, a.stage(group, topic, 1, { id: s.named('never') }), {
        note: 'an unknown id',
      })
    }
    await a.finish(s, true)
  }),
  script('offsets of what is not there cannot be staged', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    const group = s.named('g')
    await s.quietly('AddOffsetsToTxn', 1, a.addOffsets(group))
    for (const version of [1, 3]) {
      await s.ask('TxnOffsetCommit', version, a.stage(group, s.named('none'), 1), { note: 'topic' })
      await s.ask('TxnOffsetCommit', version, a.stage(group, topic, 1, { partition: 6 }), { note: 'partition' })
      await s.ask('TxnOffsetCommit', version, a.stage(group, topic, 1, { metadata: 'x'.repeat(4097) }), {
        note: 'metadata',
      })
    }
    await s.ask('TxnOffsetCommit', 3, a.stage('', topic, 1), { note: 'no group' })
    await s.ask('TxnOffsetCommit', 3, { ...a.stage(group, topic, 1), topics: [] }, { note: 'nothing' })
    await s.ask('TxnOffsetCommit', 3, a.stage(group, topic, -4, { metadata: null }), { note: 'negative' })
    await a.finish(s, true)
    await s.ask('OffsetFetch', 5, offsetsOf(group, topic))
  }),
  script('a deleted topic holds up no transaction', async (s) => {
    const topic = await s.topic({ suffix: 'gone' })
    const other = await s.topic({ suffix: 'other' })
    const a = await producer(s)
    await a.begin(s, topic)
    await a.begin(s, other)
    await s.quietly('DeleteTopics', 3, { topicNames: [topic], timeoutMs: 5_000 })
    await s.ask('EndTxn', 1, a.end(true))
    await a.finish(s, true)
    await a.begin(s, other)
    await s.ask('EndTxn', 1, a.end(true))
    await s.ask('ListOffsets', 5, listAt(other, -1), { until: endsAt(4n) })
    await s.ask('Fetch', 11, fetchFrom(other, 0n, { readCommitted: true }))
  }),
  script('the markers of an end close the door for a moment', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await a.begin(s, topic)
    await s.ask('EndTxn', 1, a.end(true))
    await s.ask('AddPartitionsToTxn', 1, a.addPartitions({ [topic]: [0] }), { note: 'once the door is open' })
    await s.ask('InitProducerId', 1, init(a.id))
  }),
  script('what lasts too long is aborted', async (s) => {
    const topic = await s.topic()
    const a = await scriptedProducer(s, s.named('id'), 600)
    await a.begin(s, topic)
    await s.quietly('Produce', 7, produceTo(topic, buildBatch()))
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { readCommitted: true, maxWaitMs: 5_000 }), { timed: 5_000 })
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { readCommitted: true }))
    for (const version of [0, 1, 2]) {
      await s.ask('AddPartitionsToTxn', version, a.addPartitions({ [topic]: [0] }))
      await s.ask('EndTxn', version, a.end(true))
    }
    for (const version of [7, 8]) await s.ask('Produce', version, a.produce(topic))
    await s.ask('InitProducerId', 1, init(a.id))
  }),
  script('what lasts too long is aborted even without records', async (s) => {
    const topic = await s.topic()
    const a = await scriptedProducer(s, s.named('id'), 600)
    await s.quietly('AddPartitionsToTxn', 1, a.addPartitions({ [topic]: [0] }))
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { readCommitted: true, maxWaitMs: 5_000 }), { timed: 5_000 })
    await s.ask('EndTxn', 1, a.end(false))
    const { producerId, producerEpoch } = await s.ask('InitProducerId', 1, init(a.id))
    const again = producerWith(a.id, producerId, producerEpoch)
    await again.begin(s, topic)
    await s.ask('EndTxn', 1, again.end(true))
  }),
  script('an id that only began is not aborted', async (s) => {
    const topic = await s.topic()
    const a = await scriptedProducer(s, s.named('id'), 300)
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    await s.ask('AddPartitionsToTxn', 1, a.addPartitions({ [topic]: [0] }))
    await s.ask('EndTxn', 1, a.end(true))
    await s.ask('ListOffsets', 5, listAt(topic, -1), { until: endsAt(1n) })
  }),
]
