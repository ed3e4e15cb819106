import { buildBatch } from '../build-batch.js'
import { createTopics, fetchFrom, fetchLimits, fetchPartition, newTopic, produceTo } from '../request-bodies.js'
import { script } from '../script.js'
import type { Client, Stage } from '../stage.js'

const waitMs = 1_000
/** 88 bytes. */
const batch = buildBatch({ records: [{ value: 'x'.repeat(20) }] })
const three = buildBatch({ records: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] })

/** A topic with so many batches of one record, and a partition 1 without any. */
async function filled(s: Stage, count: number, of = batch): Promise<string> {
  const topic = await s.topic({ partitions: 2 })
  for (let left = count; left > 0; left -= 1) await s.quietly('Produce', 7, produceTo(topic, of))
  return topic
}

/** Writes a batch when the other side had time to wait for it. */
async function produceSoon(client: Client, topic: string, partition = 0): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 150))
  await client.quietly('Produce', 7, produceTo(topic, batch, { partition }))
}

export const fetchScripts = [
  script('records are read in each version', async (s) => {
    const topic = await filled(s, 1)
    for (let version = 4; version <= 11; version += 1) await s.ask('Fetch', version, fetchFrom(topic, 0n))
  }),
  script('an offset inside a batch gets the whole batch', async (s) => {
    const topic = await filled(s, 2, three)
    for (const offset of [1n, 2n, 3n, 5n]) await s.ask('Fetch', 11, fetchFrom(topic, offset), { note: `${offset}` })
  }),
  script('at the end there is nothing until the wait is over', async (s) => {
    const topic = await filled(s, 1)
    await s.ask('Fetch', 11, fetchFrom(topic, 1n, { maxWaitMs: waitMs }), { timed: waitMs })
    await s.ask('Fetch', 11, fetchFrom(topic, 1n, { maxWaitMs: waitMs, minBytes: 0 }), {
      timed: waitMs,
      note: 'no minimum',
    })
    await s.ask('Fetch', 11, fetchFrom(topic, 1n), { timed: waitMs, note: 'no wait' })
    await s.ask('Fetch', 11, fetchFrom(topic, 1n, { maxWaitMs: -5 }), { timed: waitMs, note: 'a negative wait' })
  }),
  script('offsets outside the log are answered at once', async (s) => {
    const topic = await filled(s, 3)
    await s.quietly('DeleteRecords', 1, {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 1n }] }],
      timeoutMs: 5_000,
    })
    for (const offset of [4n, 1_000n, -1n, -2n, 0n]) {
      await s.ask('Fetch', 11, fetchFrom(topic, offset, { maxWaitMs: waitMs }), { timed: waitMs, note: `${offset}` })
    }
    for (let version = 4; version <= 11; version += 1)
      await s.ask('Fetch', version, fetchFrom(topic, 9n), { note: 'beyond' })
  }),
  script('unknown topics and partitions in each version', async (s) => {
    const topic = await filled(s, 1)
    for (let version = 4; version <= 11; version += 1) {
      await s.ask('Fetch', version, fetchFrom(topic, 0n, { partition: 7, maxWaitMs: waitMs }), {
        timed: waitMs,
        note: 'partition',
      })
      await s.ask('Fetch', version, fetchFrom(s.named('none'), 0n, { maxWaitMs: waitMs }), {
        timed: waitMs,
        note: 'topic',
      })
    }
  }),
  script('beside an unknown partition an idle one waits its time', async (s) => {
    const topic = await filled(s, 0)
    const partitions = [fetchPartition(9, 0n), fetchPartition(0, 0n), fetchPartition(8, 0n)]
    await s.ask(
      'Fetch',
      11,
      { ...fetchLimits({ maxWaitMs: waitMs }), topics: [{ topic, partitions }] },
      { timed: waitMs },
    )
  }),
  script('beside an offset out of range nothing waits', async (s) => {
    const topic = await filled(s, 0)
    const partitions = [fetchPartition(0, 0n), fetchPartition(1, 5n)]
    await s.ask(
      'Fetch',
      11,
      { ...fetchLimits({ maxWaitMs: waitMs }), topics: [{ topic, partitions }] },
      { timed: waitMs },
    )
  }),
  script('unknown ones stand last', async (s) => {
    const topic = await filled(s, 1)
    const topics = [
      { topic: s.named('none'), partitions: [fetchPartition(0, 0n)] },
      { topic, partitions: [fetchPartition(5, 0n), fetchPartition(0, 0n), fetchPartition(1, 0n)] },
    ]
    await s.ask('Fetch', 11, { ...fetchLimits(), topics })
  }),
  script('nothing asked for is answered with nothing', async (s) => {
    await s.ask('Fetch', 11, { ...fetchLimits({ maxWaitMs: waitMs }), topics: [] }, { timed: waitMs })
    const topic = await filled(s, 1)
    await s.ask(
      'Fetch',
      11,
      { ...fetchLimits({ maxWaitMs: waitMs }), topics: [{ topic, partitions: [] }] },
      { timed: waitMs, note: 'no partitions' },
    )
  }),
  script('the first batch is whole however small the limit', async (s) => {
    const topic = await filled(s, 3)
    for (const partitionMaxBytes of [0, 1, 87]) {
      await s.ask('Fetch', 11, fetchFrom(topic, 0n, { partitionMaxBytes }), { note: `partition ${partitionMaxBytes}` })
    }
    for (const maxBytes of [1, 87])
      await s.ask('Fetch', 11, fetchFrom(topic, 0n, { maxBytes }), { note: `total ${maxBytes}` })
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { maxBytes: 0 }), { note: 'total 0' })
  }),
  script('bytes are cut at the limit, inside a batch', async (s) => {
    const topic = await filled(s, 3)
    for (const limit of [88, 89, 150, 176, 200, 264, 300]) {
      await s.ask('Fetch', 11, fetchFrom(topic, 0n, { partitionMaxBytes: limit }), { note: `partition ${limit}` })
      await s.ask('Fetch', 11, fetchFrom(topic, 0n, { maxBytes: limit }), { note: `total ${limit}` })
    }
  }),
  script('the limit of all is shared by partitions in their order', async (s) => {
    const topic = await filled(s, 2)
    for (let left = 2; left > 0; left -= 1) await s.quietly('Produce', 7, produceTo(topic, batch, { partition: 1 }))
    const ask = (maxBytes: number, partitionMaxBytes: number) => {
      const partitions = [1, 0].map((each) => fetchPartition(each, 0n, { partitionMaxBytes }))
      const note = `${maxBytes} of all, ${partitionMaxBytes} each`
      return s.ask('Fetch', 11, { ...fetchLimits({ maxBytes }), topics: [{ topic, partitions }] }, { note })
    }
    await ask(1_000, 1)
    await ask(1_000, 100)
    await ask(200, 1_000)
    await ask(176, 1_000)
    await ask(1, 1_000)
    await ask(100, 90)
  }),
  script('fewer bytes than the minimum are answered when the wait is over', async (s) => {
    const topic = await filled(s, 1)
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { maxWaitMs: waitMs, minBytes: 500 }), { timed: waitMs })
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { maxWaitMs: waitMs, minBytes: 88 }), {
      timed: waitMs,
      note: 'just enough',
    })
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { maxWaitMs: waitMs, minBytes: 89 }), {
      timed: waitMs,
      note: 'one too few',
    })
  }),
  script('a minimum above the limits cannot be reached', async (s) => {
    const topic = await filled(s, 3)
    const options = { maxWaitMs: waitMs, minBytes: 200 }
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { ...options, partitionMaxBytes: 100 }), {
      timed: waitMs,
      note: 'partition',
    })
    await s.ask('Fetch', 11, fetchFrom(topic, 0n, { ...options, maxBytes: 100 }), { timed: waitMs, note: 'total' })
  }),
  script('a produce wakes a waiting fetch', async (s) => {
    const topic = await filled(s, 0)
    const other = await s.client()
    const waiting = s.ask('Fetch', 11, fetchFrom(topic, 0n, { maxWaitMs: 5_000 }), { timed: 5_000 })
    await Promise.all([waiting, produceSoon(other, topic)])
  }),
  script('a produce that is not enough wakes nobody', async (s) => {
    const topic = await filled(s, 0)
    const other = await s.client()
    const waiting = s.ask('Fetch', 11, fetchFrom(topic, 0n, { maxWaitMs: waitMs, minBytes: 150 }), { timed: waitMs })
    await Promise.all([waiting, produceSoon(other, topic)])
    const again = s.ask('Fetch', 11, fetchFrom(topic, 0n, { maxWaitMs: 5_000, minBytes: 150 }), {
      timed: 5_000,
      note: 'one more',
    })
    await Promise.all([again, produceSoon(other, topic)])
  }),
  script('a produce to another partition counts for the same fetch', async (s) => {
    const topic = await filled(s, 1)
    const other = await s.client()
    const partitions = [fetchPartition(0, 0n), fetchPartition(1, 0n)]
    const body = { ...fetchLimits({ maxWaitMs: 5_000, minBytes: 176 }), topics: [{ topic, partitions }] }
    await Promise.all([s.ask('Fetch', 11, body, { timed: 5_000 }), produceSoon(other, topic, 1)])
  }),
  script('a topic that is deleted ends the wait of its fetch', async (s) => {
    const topic = await filled(s, 1)
    const other = await s.client()
    const waiting = s.ask('Fetch', 11, fetchFrom(topic, 1n, { maxWaitMs: 3_000 }), { timed: 3_000 })
    await new Promise((resolve) => setTimeout(resolve, 150))
    await other.quietly('DeleteTopics', 3, { topicNames: [topic], timeoutMs: 5_000 })
    await waiting
    await other.quietly('CreateTopics', 4, createTopics([newTopic(topic)]))
  }),
  script('records that are deleted under a waiting fetch', async (s) => {
    const topic = await filled(s, 2)
    const other = await s.client()
    const waiting = s.ask('Fetch', 11, fetchFrom(topic, 0n, { maxWaitMs: waitMs, minBytes: 900 }), { timed: waitMs })
    await new Promise((resolve) => setTimeout(resolve, 150))
    await other.quietly('DeleteRecords', 1, {
      topics: [{ name: topic, partitions: [{ partitionIndex: 0, offset: 1n }] }],
      timeoutMs: 5_000,
    })
    await waiting
  }),
  script('leader epochs: the current one, an older and a newer', async (s) => {
    const topic = await filled(s, 1)
    for (const version of [9, 11]) {
      for (const currentLeaderEpoch of [-1, 0, 1, 99]) {
        const body = fetchFrom(topic, 1n, { currentLeaderEpoch, maxWaitMs: currentLeaderEpoch > 0 ? waitMs : 0 })
        await s.ask('Fetch', version, body, { timed: waitMs, note: `epoch ${currentLeaderEpoch}` })
      }
    }
    const partitions = [fetchPartition(0, 1n), fetchPartition(1, 0n, { currentLeaderEpoch: 5 })]
    await s.ask(
      'Fetch',
      11,
      { ...fetchLimits({ maxWaitMs: waitMs }), topics: [{ topic, partitions }] },
      { timed: waitMs, note: 'one of two' },
    )
  }),
  script('the list of aborted transactions is null or empty', async (s) => {
    const topic = await filled(s, 1)
    for (const version of [4, 11]) {
      await s.ask('Fetch', version, fetchFrom(topic, 0n), { note: 'uncommitted' })
      await s.ask('Fetch', version, fetchFrom(topic, 0n, { readCommitted: true }), { note: 'committed' })
      await s.ask('Fetch', version, fetchFrom(topic, 99n, { readCommitted: true }), { note: 'committed, out of range' })
      await s.ask('Fetch', version, fetchFrom(s.named('none'), 0n), { note: 'uncommitted, unknown' })
    }
  }),
  script('sessions that are begun, unknown and ended', async (s) => {
    const topic = await filled(s, 1)
    const body = fetchFrom(topic, 0n)
    await s.ask('Fetch', 11, { ...body, sessionEpoch: 0 }, { note: 'begun' })
    await s.ask('Fetch', 11, { ...body, sessionId: 12_345, sessionEpoch: 3 }, { note: 'unknown' })
    await s.ask('Fetch', 11, { ...body, sessionId: 12_345, sessionEpoch: -1 }, { note: 'ended' })
    await s.ask('Fetch', 11, { ...body, sessionId: 0, sessionEpoch: -1 }, { note: 'none' })
  }),
  script('an unknown isolation level', async (s) => {
    const topic = await filled(s, 1)
    await s.watch('Fetch', 11, { ...fetchFrom(topic, 0n), isolationLevel: 5 }, { forMs: waitMs })
  }),
  script('a partition twice in one fetch', async (s) => {
    const topic = await filled(s, 2)
    const partitions = [fetchPartition(0, 0n), fetchPartition(0, 1n)]
    await s.ask('Fetch', 11, { ...fetchLimits(), topics: [{ topic, partitions }] })
  }),
]
