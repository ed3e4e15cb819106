import type { ApiName } from '@millrace/broker/protocol'
import { buildBatch } from '../build-batch.js'
import { errorCodesIn } from '../error-codes-in.js'
import { type Answered, type Asked, frameOf } from '../raw-connection.js'
import { fetchFrom, listAt, offsetsOf, produceTo } from '../request-bodies.js'
import { script } from '../script.js'
import { producerWith, type ScriptedProducer, scriptedProducer } from '../scripted-producer.js'
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

export const transactionEndScripts = [
  script('transactions are described as they are', async (s) => {
    const one = await s.topic({ suffix: 'one', partitions: 2 })
    const two = await s.topic({ suffix: 'two' })
    const a = await producer(s)
    const show = (note: string) => s.ask('DescribeTransactions', 0, { transactionalIds: [a.id] }, { note })
    await show('nothing begun')
    await s.quietly('AddPartitionsToTxn', 1, a.addPartitions({ [two]: [0], [one]: [0, 1] }))
    await show('ongoing')
    await a.finish(s, true)
    await show('committed')
    await s.quietly('AddOffsetsToTxn', 1, a.addOffsets(s.named('g')))
    await show('ongoing with offsets')
    await a.finish(s, false)
    await show('aborted')
    await s.ask('DescribeTransactions', 0, { transactionalIds: [s.named('none'), '', a.id, a.id] }, { note: 'several' })
    await s.ask('DescribeTransactions', 0, { transactionalIds: [] }, { note: 'none' })
  }),
  script('transactions are listed by state and by producer', async (s) => {
    const topic = await s.topic()
    const a = await producer(s, 'a')
    const b = await producer(s, 'b')
    await a.begin(s, topic)
    const list = (note: string, stateFilters: readonly string[], producerIdFilters: readonly bigint[] = []) =>
      s.ask('ListTransactions', 0, { stateFilters, producerIdFilters }, { note })
    await list('all', [])
    await list('empty', ['Empty'])
    await list('ongoing', ['Ongoing'])
    await list('another case', ['ongoing'])
    await list('unknown states', ['Nonsense', '', 'Ongoing'])
    await list('one producer', [], [b.pid])
    await list('one producer in another state', ['Ongoing'], [b.pid])
    await list('no such producer', [], [-1n])
    await a.finish(s, true)
    await list('when it has ended', ['CompleteCommit', 'PrepareCommit'])
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
  script('while markers are written the id is busy', async (s) => {
    const topic = await s.topic()
    // Right behind the end, in one piece with it: Kafka is now and then faster, hence several tries.
    const isBusy = async <N extends ApiName>(api: N, body: (a: ScriptedProducer) => Asked<N>): Promise<boolean> => {
      for (let tries = 0; tries < 40; tries += 1) {
        const a = await producer(s)
        await a.begin(s, topic)
        s.raw.write(Buffer.concat([frameOf('EndTxn', 1, a.end(true)), frameOf(api, 1, body(a))]))
        await s.raw.read('EndTxn', 1)
        const outcome = await s.raw.read(api, 1)
        if (outcome.kind === 'answered' && errorCodesIn(outcome.body).includes(51)) return true
      }
      return false
    }
    s.note('51 for AddPartitions', await isBusy('AddPartitionsToTxn', (a) => a.addPartitions({ [topic]: [0] })))
    s.note('51 for InitProducerId', await isBusy('InitProducerId', (a) => init(a.id)))
    s.note('51 for EndTxn', await isBusy('EndTxn', (a) => a.end(true)))
  }),
  script('once the markers are written the door is open', async (s) => {
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
