import { buildBatch } from '../build-batch.js'
import { listAt, produceTo } from '../request-bodies.js'
import { script } from '../script.js'
import { scriptedProducer } from '../scripted-producer.js'
import type { Stage } from '../stage.js'

const special = [-1, -2]

/** A topic with one batch per list of timestamps. */
async function timed(
  s: Stage,
  batches: readonly (readonly number[])[],
  config: Readonly<Record<string, string>> = {},
): Promise<string> {
  const topic = await s.topic({ config })
  for (const times of batches) {
    await s.quietly('Produce', 7, produceTo(topic, buildBatch({ records: times.map((timestamp) => ({ timestamp })) })))
  }
  return topic
}

async function lookUp(
  s: Stage,
  topic: string,
  timestamps: readonly number[],
  { version = 5, readCommitted = false } = {},
): Promise<void> {
  for (const timestamp of timestamps) {
    await s.ask('ListOffsets', version, listAt(topic, timestamp, { readCommitted }), {
      note: `${readCommitted ? 'committed, ' : ''}${timestamp}`,
    })
  }
}

export const timeLookupScripts = [
  script('the end, the start and a time in each version', async (s) => {
    const topic = await timed(s, [[100, 200], [300]])
    for (let version = 1; version <= 7; version += 1) await lookUp(s, topic, [-1, -2, 150, 300, 301], { version })
  }),
  script('a time is looked up record by record', async (s) => {
    const topic = await timed(s, [[100, 200, 300], [400], [500, 600]])
    await lookUp(s, topic, [0, 99, 100, 101, 200, 201, 300, 301, 400, 401, 550, 600, 601])
  }),
  script('times without an order: the first batch that reaches it, then the first record in it', async (s) => {
    const topic = await timed(s, [
      [500, 300, 900],
      [100, 200, 200],
      [900, 950, 50],
    ])
    await lookUp(s, topic, [50, 100, 300, 500, 501, 899, 900, 901, 950, 951])
  }),
  script('many records of one time', async (s) => {
    const topic = await timed(s, [[100, 100], [100, 100], [200]])
    await lookUp(s, topic, [99, 100, 101])
  }),
  script('an empty log has an end and no times', async (s) => {
    const topic = await timed(s, [])
    for (const version of [1, 5]) await lookUp(s, topic, [...special, 0, 100], { version })
    await lookUp(s, topic, [-3], { version: 7 })
  }),
  script('nothing below the start is found', async (s) => {
    const topic = await timed(s, [[100, 200, 300], [400]])
    await s.quietly('DeleteRecords', 1, {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 2n }] }],
      timeoutMs: 5_000,
    })
    await lookUp(s, topic, [...special, 50, 100, 200, 300, 350, 400])
    await s.quietly('DeleteRecords', 1, {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: -1n }] }],
      timeoutMs: 5_000,
    })
    await lookUp(s, topic, [...special, 50, 400])
  }),
  script('the largest time from version 7 on', async (s) => {
    const topic = await timed(s, [[100, 900, 300], [900, 200], [50]])
    for (const version of [1, 3, 5, 6, 7]) await lookUp(s, topic, [-3], { version })
  }),
  script('times that no version knows', async (s) => {
    const topic = await timed(s, [[100]])
    for (const version of [1, 5, 7]) await lookUp(s, topic, [-4, -5, -6, -99], { version })
  }),
  script('unknown topics and partitions have no offsets', async (s) => {
    const topic = await timed(s, [[100]])
    for (let version = 1; version <= 7; version += 1) {
      await s.ask('ListOffsets', version, listAt(topic, -1, { partition: 7 }), { note: 'partition' })
      await s.ask('ListOffsets', version, listAt(s.named('none'), -1), { note: 'topic' })
    }
  }),
  script('leader epochs of a lookup', async (s) => {
    const topic = await timed(s, [[100]])
    for (const version of [4, 7]) {
      for (const currentLeaderEpoch of [-1, 0, 1]) {
        await s.ask('ListOffsets', version, listAt(topic, -1, { currentLeaderEpoch }), {
          note: `epoch ${currentLeaderEpoch}`,
        })
      }
    }
  }),
  script('a partition twice in one lookup', async (s) => {
    const topic = await timed(s, [[100]])
    const partitions = [-1n, -2n].map((timestamp) => ({ partitionIndex: 0, timestamp }))
    for (const version of [1, 2, 5])
      await s.ask('ListOffsets', version, { replicaId: -1, topics: [{ name: topic, partitions }] })
    await s.ask('ListOffsets', 5, { replicaId: -1, topics: [] }, { note: 'none' })
  }),
  script('compressed batches are opened for a time', async (s) => {
    const topic = await s.topic()
    for (const [at, codec] of (['gzip', 'snappy', 'lz4', 'zstd'] as const).entries()) {
      const records = [0, 1, 2].map((each) => ({ timestamp: at * 100 + each * 10 + 100 }))
      await s.quietly('Produce', 7, produceTo(topic, buildBatch({ codec, records })))
    }
    await lookUp(s, topic, [105, 115, 205, 215, 305, 315, 405, 415, 421])
    await lookUp(s, topic, [-3], { version: 7 })
  }),
  script('times of LogAppendTime are those of the broker', async (s) => {
    const topic = await timed(s, [[100, 200], [300]], { 'message.timestamp.type': 'LogAppendTime' })
    await lookUp(s, topic, [0, 300])
    await s.ask('ListOffsets', 5, listAt(topic, s.nowMs + 600_000), { note: 'in ten minutes' })
    await lookUp(s, topic, [-3], { version: 7 })
  }),
  script('records without a time', async (s) => {
    const topic = await timed(s, [[-1], [-1, -1], [100]])
    await lookUp(s, topic, [0, 1, 100])
    await lookUp(s, topic, [-3], { version: 7 })
  }),
  script('only records without a time', async (s) => {
    const topic = await timed(s, [[-1], [-1]])
    await lookUp(s, topic, [...special, 0])
    await lookUp(s, topic, [-3], { version: 7 })
  }),
  script('a committed reader sees no time behind an open transaction', async (s) => {
    const topic = await timed(s, [[100]])
    const producer = await scriptedProducer(s, s.named('id'))
    await s.quietly('AddPartitionsToTxn', 1, producer.addPartitions({ [topic]: [0] }))
    await s.quietly('Produce', 7, producer.produce(topic, { records: [{ timestamp: 200 }] }))
    await s.quietly('Produce', 7, produceTo(topic, buildBatch({ records: [{ timestamp: 300 }] })))
    for (const readCommitted of [false, true]) await lookUp(s, topic, [-1, -2, 100, 150, 250, 350], { readCommitted })
    await lookUp(s, topic, [-3], { version: 7, readCommitted: true })
    await producer.finish(s, false)
    for (const readCommitted of [false, true]) await lookUp(s, topic, [-1, 150, 250, 350], { readCommitted })
  }),
  script('an unknown isolation level of a lookup', async (s) => {
    const topic = await timed(s, [[100]])
    await s.watch('ListOffsets', 5, { ...listAt(topic, -1), isolationLevel: 7 }, { forMs: 1_000 })
  }),
]
