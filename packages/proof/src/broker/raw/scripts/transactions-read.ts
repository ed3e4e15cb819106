import { buildBatch } from '../build-batch.js'
import { fetchFrom, listAt, produceTo } from '../request-bodies.js'
import { script } from '../script.js'
import { scriptedProducer } from '../scripted-producer.js'
import type { Stage } from '../stage.js'

const waitMs = 1_000
const plain = buildBatch({ records: [{ value: 'plain' }] })
const producer = (s: Stage, name = 'id') => scriptedProducer(s, s.named(name))

/** What both kinds of readers see from an offset on. */
async function read(s: Stage, topic: string, note: string, from = 0n): Promise<void> {
  await s.ask('Fetch', 11, fetchFrom(topic, from), { note: `${note}, uncommitted` })
  await s.ask('Fetch', 11, fetchFrom(topic, from, { readCommitted: true }), { note: `${note}, committed` })
}

/** Where the log ends for both kinds of readers. */
async function ends(s: Stage, topic: string, note: string, partition = 0): Promise<void> {
  await s.ask('ListOffsets', 5, listAt(topic, -1, { partition }), { note: `${note}, end` })
  await s.ask('ListOffsets', 5, listAt(topic, -1, { partition, readCommitted: true }), { note: `${note}, stable` })
}

export const transactionReadScripts = [
  script('a committed transaction and its marker', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await a.begin(s, topic)
    await read(s, topic, 'open')
    await a.finish(s, true)
    await read(s, topic, 'committed')
    for (let version = 4; version <= 11; version += 1)
      await s.ask('Fetch', version, fetchFrom(topic, 0n, { readCommitted: true }))
  }),
  script('an aborted transaction, its marker and the list', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await a.begin(s, topic)
    await a.finish(s, false)
    await read(s, topic, 'from the start')
    await read(s, topic, 'at the marker', 1n)
    await read(s, topic, 'behind the marker', 2n)
    for (let version = 4; version <= 11; version += 1)
      await s.ask('Fetch', version, fetchFrom(topic, 0n, { readCommitted: true }))
  }),
  script('a transaction begins with its first record, not with AddPartitions', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await s.quietly('AddPartitionsToTxn', 1, a.addPartitions({ [topic]: [0] }))
    await s.quietly('Produce', 7, produceTo(topic, plain))
    await ends(s, topic, 'added')
    await s.quietly('Produce', 7, a.produce(topic))
    await ends(s, topic, 'written')
  }),
  script('a partition without data gets a marker all the same', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const a = await producer(s)
    await s.quietly('AddPartitionsToTxn', 1, a.addPartitions({ [topic]: [0, 1] }))
    await s.quietly('Produce', 7, a.produce(topic))
    await a.finish(s, true)
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { partition: 1, readCommitted: true }), { note: 'committed' })
    await s.quietly('AddPartitionsToTxn', 1, a.addPartitions({ [topic]: [1] }))
    await a.finish(s, false)
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { partition: 1, readCommitted: true }), { note: 'aborted' })
  }),
  script('plain records wait behind an open transaction', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await s.quietly('Produce', 7, produceTo(topic, plain))
    await a.begin(s, topic)
    await s.quietly('Produce', 7, produceTo(topic, plain))
    await read(s, topic, 'open')
    await ends(s, topic, 'open')
    await a.finish(s, true)
    await ends(s, topic, 'committed')
    await read(s, topic, 'committed', 2n)
  }),
  script('a later transaction waits behind an earlier one', async (s) => {
    const topic = await s.topic()
    const a = await producer(s, 'a')
    const b = await producer(s, 'b')
    await a.begin(s, topic)
    await b.begin(s, topic)
    await b.finish(s, true)
    await read(s, topic, 'b has ended')
    await ends(s, topic, 'b has ended')
    await a.finish(s, false)
    await read(s, topic, 'a has ended')
  }),
  script('aborted transactions stand in the order of their markers', async (s) => {
    const topic = await s.topic()
    const a = await producer(s, 'a')
    const b = await producer(s, 'b')
    await b.begin(s, topic)
    await a.begin(s, topic)
    await a.finish(s, false)
    await b.finish(s, false)
    await read(s, topic, 'a before b')
    await a.begin(s, topic)
    await a.finish(s, false)
    await read(s, topic, 'a once more')
    await read(s, topic, 'behind the first marker', 3n)
    await read(s, topic, 'behind both', 4n)
  }),
  script('open transactions are not listed', async (s) => {
    const topic = await s.topic()
    const a = await producer(s, 'a')
    const b = await producer(s, 'b')
    await a.begin(s, topic)
    await a.finish(s, false)
    await b.begin(s, topic)
    await read(s, topic, 'b is open')
    await read(s, topic, 'at b', 2n)
    await b.finish(s, false)
  }),
  script('committed and aborted ones of one producer', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    for (const committed of [true, false, true, false]) {
      await a.begin(s, topic)
      await a.finish(s, committed)
    }
    for (let offset = 0n; offset <= 8n; offset += 1n) await read(s, topic, `from ${offset}`, offset)
  }),
  script('the list is not cut to the bytes of the answer', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    for (let left = 4; left > 0; left -= 1) {
      await a.begin(s, topic)
      await a.finish(s, false)
    }
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { readCommitted: true, partitionMaxBytes: 150 }))
  }),
  script('between the stable offset and the end a committed reader waits', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await a.begin(s, topic)
    await s.quietly('Produce', 7, produceTo(topic, plain))
    const committed = { readCommitted: true, maxWaitMs: waitMs }
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, committed), { timed: waitMs, note: 'at the stable offset' })
    await s.ask('Fetch', 11, fetchFrom(topic, 1n, committed), { timed: waitMs, note: 'behind it' })
    await s.ask('Fetch', 11, fetchFrom(topic, 2n, committed), { timed: waitMs, note: 'at the end' })
    await s.ask('Fetch', 11, fetchFrom(topic, 3n, committed), { timed: waitMs, note: 'beyond the end' })
    await a.finish(s, true)
  }),
  script('an end wakes the committed reader', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    const other = await s.client()
    for (const committed of [true, false]) {
      await a.begin(s, topic)
      const from = committed ? 0n : 2n
      const waiting = s.ask('Fetch', 11, fetchFrom(topic, from, { readCommitted: true, maxWaitMs: 5_000 }), {
        timed: 5_000,
        note: `${committed}`,
      })
      await new Promise((resolve) => setTimeout(resolve, 150))
      await a.finish(other, committed)
      await waiting
    }
  }),
  script('a produce that stays hidden wakes no committed reader', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    const other = await s.client()
    await a.begin(s, topic)
    const waiting = s.ask('Fetch', 11, fetchFrom(topic, 0n, { readCommitted: true, maxWaitMs: waitMs }), {
      timed: waitMs,
    })
    await new Promise((resolve) => setTimeout(resolve, 150))
    await other.quietly('Produce', 7, produceTo(topic, plain))
    await waiting
    await a.finish(s, true)
  }),
  script('deleting records goes past an aborted transaction', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await a.begin(s, topic)
    await a.finish(s, false)
    await s.quietly('Produce', 7, produceTo(topic, plain))
    await s.ask('DeleteRecords', 1, {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 1n }] }],
      timeoutMs: 5_000,
    })
    await read(s, topic, 'from the marker', 1n)
  }),
  script('deleting records stops at nothing that is open', async (s) => {
    const topic = await s.topic()
    const a = await producer(s)
    await a.begin(s, topic)
    await s.quietly('Produce', 7, produceTo(topic, plain))
    await s.ask('DeleteRecords', 1, {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: -1n }] }],
      timeoutMs: 5_000,
    })
    await ends(s, topic, 'open')
    await a.finish(s, true)
    await ends(s, topic, 'committed')
  }),
  script('transactions over several partitions and topics', async (s) => {
    const one = await s.topic({ suffix: 'one', partitions: 2 })
    const two = await s.topic({ suffix: 'two' })
    const a = await producer(s)
    await s.ask('AddPartitionsToTxn', 1, a.addPartitions({ [one]: [0, 1] }))
    await s.ask('AddPartitionsToTxn', 1, a.addPartitions({ [two]: [0] }))
    await s.ask('Produce', 7, a.produce(one, { partition: 1 }))
    await s.ask('Produce', 7, a.produce(two))
    await a.finish(s, true)
    for (const partition of [0, 1]) await s.ask('Fetch', 11, fetchFrom(one, 0n, { partition, readCommitted: true }))
    await s.ask('Fetch', 11, fetchFrom(two, 0n, { readCommitted: true }))
  }),
  script('markers of a topic with LogAppendTime', async (s) => {
    const topic = await s.topic({ config: { 'message.timestamp.type': 'LogAppendTime' } })
    const a = await producer(s)
    await a.begin(s, topic)
    await a.finish(s, true)
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { readCommitted: true }))
  }),
]
