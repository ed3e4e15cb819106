import { buildBatch } from '../build-batch.js'
import { fetchFrom, listAt, produceTo } from '../request-bodies.js'
import { script } from '../script.js'

const versions = [3, 4, 5, 6, 7, 8]
const hourMs = 3_600_000
const two = buildBatch({
  records: [
    { key: 'k', value: 'a' },
    { key: 'l', value: 'b' },
  ],
})

/** Attribute bits of a batch. */
const bits = { logAppendTime: 0x08, control: 0x20, unknownCodec: 0x05 } as const

export const produceScripts = [
  script('a batch gets its offset in each version', async (s) => {
    const topic = await s.topic()
    for (const version of versions) await s.ask('Produce', version, produceTo(topic, two))
    await s.ask('Fetch', 11, fetchFrom(topic, 0n))
  }),
  script('acks 1 and acks all are answered alike', async (s) => {
    const topic = await s.topic()
    for (const acks of [1, -1]) await s.ask('Produce', 7, produceTo(topic, two, { acks }), { note: `acks ${acks}` })
  }),
  script('acks that cannot be', async (s) => {
    const topic = await s.topic()
    for (const acks of [2, -2]) {
      for (const version of versions)
        await s.ask('Produce', version, produceTo(topic, two, { acks }), { note: `acks ${acks}` })
    }
    await s.ask('Produce', 7, produceTo(topic, two, { acks: 5, partition: 9 }), { note: 'acks 5, unknown partition' })
  }),
  script('unknown topics and partitions are not written to, and not created', async (s) => {
    const topic = await s.topic()
    for (const version of versions) {
      await s.ask('Produce', version, produceTo(topic, two, { partition: 1 }), { note: 'partition' })
      await s.ask('Produce', version, produceTo(s.named('none'), two), { note: 'topic' })
    }
    await s.ask('Produce', 7, produceTo(topic, two, { partition: -1 }), { note: 'partition -1' })
    await s.ask('Metadata', 5, { topics: [{ name: s.named('none') }] })
  }),
  script('good and bad partitions of one request', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const partitionData = [
      { index: 1, records: two },
      { index: 0, records: buildBatch({ crc: 3 }) },
      { index: 5, records: two },
    ]
    const body = produceTo(topic, two)
    await s.ask('Produce', 7, { ...body, topicData: [{ name: topic, partitionData }] })
    await s.ask('Produce', 7, { ...body, topicData: [] }, { note: 'none' })
  }),
  script('a partition twice in one request', async (s) => {
    const topic = await s.topic()
    const partitionData = [
      { index: 0, records: two },
      { index: 0, records: two },
    ]
    await s.watch(
      'Produce',
      7,
      { ...produceTo(topic, two), topicData: [{ name: topic, partitionData }] },
      { forMs: 1_000 },
    )
  }),
  script('a wrong checksum is a corrupt message', async (s) => {
    const topic = await s.topic()
    for (const version of versions) await s.ask('Produce', version, produceTo(topic, buildBatch({ crc: 1 })))
  }),
  script('batches over max.message.bytes are too large', async (s) => {
    const topic = await s.topic({ config: { 'max.message.bytes': '200' } })
    const sized = (length: number) => produceTo(topic, buildBatch({ records: [{ value: 'x'.repeat(length) }] }))
    await s.ask('Produce', 7, sized(128), { note: 'under' })
    for (let length = 129; length <= 134; length += 1)
      await s.ask('Produce', 7, sized(length), { note: `value of ${length}` })
    await s.ask('Produce', 8, sized(500), { note: 'far over' })
  }),
  script('batches that are no batch', async (s) => {
    const topic = await s.topic()
    const say = async (note: string, records: Buffer): Promise<void> => {
      for (const version of [3, 7, 8])
        await s.watch('Produce', version, produceTo(topic, records), { note, forMs: 1_000 })
    }
    await say('no bytes', Buffer.alloc(0))
    await say('no records', buildBatch({ records: [] }))
    await say('two batches', Buffer.concat([two, two]))
    await say('a truncated batch', two.subarray(0, two.length - 3))
    await say('a truncated header', two.subarray(0, 40))
    await say('11 bytes', two.subarray(0, 11))
    await say('bytes behind the batch', Buffer.concat([two, Buffer.from('more')]))
    await say('base offset 5', buildBatch({ baseOffset: 5n }))
    await say('base offset -1', buildBatch({ baseOffset: -1n }))
    await say('the control bit', buildBatch({ attributes: bits.control }))
    await say('a length of 0', lengthOf(0))
    await say('a negative length', lengthOf(-5))
    await s.ask('Fetch', 11, fetchFrom(topic, 0n))
  }),
  script('batches of other formats', async (s) => {
    const topic = await s.topic()
    for (const magic of [0, 1, 3, -1]) {
      for (const version of [3, 7, 8]) {
        await s.watch('Produce', version, produceTo(topic, buildBatch({ magic })), {
          note: `magic ${magic}`,
          forMs: 1_000,
        })
      }
    }
  }),
  script('headers that contradict their records', async (s) => {
    const topic = await s.topic()
    const say = (note: string, records: Buffer) =>
      s.watch('Produce', 8, produceTo(topic, records), { note, forMs: 1_000 })
    await say('count too large', buildBatch({ recordCount: 2, lastOffsetDelta: 1 }))
    await say('count too small', buildBatch({ records: [{}, {}], recordCount: 1, lastOffsetDelta: 0 }))
    await say('last offset delta too large', buildBatch({ lastOffsetDelta: 4 }))
    await say('last offset delta negative', buildBatch({ lastOffsetDelta: -1 }))
    await say('count negative', buildBatch({ recordCount: -1 }))
    await say('max timestamp too small', buildBatch({ records: [{ timestamp: 5000 }], maxTimestamp: 10 }))
    await s.ask('Fetch', 11, fetchFrom(topic, 0n))
  }),
  script('a producer id without a sequence', async (s) => {
    const topic = await s.topic()
    for (const version of [3, 7, 8])
      await s.watch('Produce', version, produceTo(topic, buildBatch({ pid: 5n, sequence: -1 })), { forMs: 1_000 })
    await s.watch('Produce', 8, produceTo(topic, buildBatch({ pid: 5n, epoch: -1, sequence: 0 })), {
      note: 'no epoch',
      forMs: 1_000,
    })
  }),
  script('a compacted topic wants keys', async (s) => {
    const topic = await s.topic({ config: { 'cleanup.policy': 'compact' } })
    const mixed = buildBatch({ records: [{ key: 'k' }, { key: null }, { key: '' }, { key: null }] })
    for (const version of [3, 7, 8]) {
      await s.ask('Produce', version, produceTo(topic, buildBatch({ records: [{ key: null }] })), { note: 'null' })
      await s.ask('Produce', version, produceTo(topic, mixed), { note: 'some null' })
      await s.ask('Produce', version, produceTo(topic, two), { note: 'keys' })
    }
    await s.ask('Produce', 8, produceTo(topic, buildBatch({ records: [{ key: null }], codec: 'gzip' })), {
      note: 'null, compressed',
    })
  }),
  script('timestamps of the past and none at all are stored', async (s) => {
    const topic = await s.topic()
    for (const timestamp of [0, -1, 1, s.nowMs - 48 * hourMs]) {
      const note = timestamp < 2 ? `${timestamp}` : 'two days ago'
      await s.ask('Produce', 8, produceTo(topic, buildBatch({ records: [{ timestamp }] })), { note })
    }
    await s.ask('Fetch', 11, fetchFrom(topic, 0n))
  }),
  script('timestamps more than an hour ahead reject the batch', async (s) => {
    const topic = await s.topic()
    const ahead = (...hours: number[]) =>
      produceTo(topic, buildBatch({ records: hours.map((each) => ({ timestamp: s.nowMs + each * hourMs })) }))
    for (const version of versions) await s.ask('Produce', version, ahead(2), { note: '2 hours' })
    await s.ask('Produce', 7, ahead(0.5), { note: 'half an hour' })
    await s.ask('Produce', 7, ahead(0, 2, 0, 3), { note: 'some of them' })
  }),
  script('limits of timestamps are configs', async (s) => {
    const topic = await s.topic({
      config: { 'message.timestamp.before.max.ms': '600000', 'message.timestamp.after.max.ms': '86400000' },
    })
    const at = (timestamp: number) => produceTo(topic, buildBatch({ records: [{ timestamp }] }))
    await s.ask('Produce', 7, at(s.nowMs - hourMs), { note: 'an hour ago' })
    await s.ask('Produce', 7, at(-1), { note: 'none' })
    await s.ask('Produce', 7, at(s.nowMs + 2 * hourMs), { note: 'in two hours' })
    await s.ask('Produce', 7, at(s.nowMs), { note: 'now' })
  }),
  script('LogAppendTime tells its time and marks the batch', async (s) => {
    const topic = await s.topic({ config: { 'message.timestamp.type': 'LogAppendTime' } })
    const batch = buildBatch({ records: [{ timestamp: 500 }, { timestamp: 700 }] })
    for (const version of versions) await s.ask('Produce', version, produceTo(topic, batch))
    await s.ask('Produce', 7, produceTo(topic, buildBatch({ records: [{ timestamp: s.nowMs + 9 * hourMs }] })), {
      note: 'far ahead',
    })
    await s.ask('Produce', 7, produceTo(topic, buildBatch({ records: [{ timestamp: -1 }] })), { note: 'no time' })
    await s.ask('Fetch', 11, fetchFrom(topic, 0n))
  }),
  script('the bit of LogAppendTime is the brokers to set', async (s) => {
    const topic = await s.topic()
    const batch = buildBatch({ attributes: bits.logAppendTime, records: [{ timestamp: 500 }] })
    await s.watch('Produce', 8, produceTo(topic, batch), { forMs: 1_000 })
    await s.ask('Fetch', 11, fetchFrom(topic, 0n))
  }),
  script('every compression is kept as it came', async (s) => {
    const topic = await s.topic()
    const records = Array.from({ length: 20 }, (_, at) => ({
      key: `key ${at}`,
      value: 'the same value',
      timestamp: 1000 + at,
    }))
    for (const codec of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
      await s.ask('Produce', 7, produceTo(topic, buildBatch({ codec, records })), { note: codec })
    }
    await s.ask('Fetch', 11, fetchFrom(topic, 0n))
    for (const timestamp of [1005, 1020])
      await s.ask('ListOffsets', 5, listAt(topic, timestamp), { note: `${timestamp}` })
  }),
  script('zstd is for those who know it', async (s) => {
    const topic = await s.topic()
    for (const version of versions) await s.ask('Produce', version, produceTo(topic, buildBatch({ codec: 'zstd' })))
    await s.ask('Fetch', 9, fetchFrom(topic, 0n), { note: 'a reader that does not know it' })
    await s.ask('Fetch', 10, fetchFrom(topic, 0n), { note: 'a reader that knows it' })
  }),
  script('compressions that are none', async (s) => {
    const topic = await s.topic()
    await s.watch('Produce', 8, produceTo(topic, buildBatch({ attributes: bits.unknownCodec })), {
      note: 'codec 5',
      forMs: 1_000,
    })
    await s.watch('Produce', 8, produceTo(topic, buildBatch({ attributes: 1 })), {
      note: 'gzip that is none',
      forMs: 1_000,
    })
  }),
  script('fewer replicas in sync than wanted', async (s) => {
    const topic = await s.topic({ config: { 'min.insync.replicas': '2' } })
    await s.watch('Produce', 7, produceTo(topic, two, { acks: 1 }), { note: 'acks 1', forMs: 1_000 })
    const { raw } = await s.client()
    const outcome = await raw.ask('Produce', 7, produceTo(topic, two, { acks: -1 }))
    s.note(
      'acks all',
      outcome.kind === 'answered'
        ? (outcome.body.responses[0]?.partitionResponses[0]?.errorCode ?? null)
        : outcome.kind,
    )
  }),
  script('the leader epoch of a batch is the brokers to set', async (s) => {
    const topic = await s.topic()
    await s.ask('Produce', 7, produceTo(topic, buildBatch({ leaderEpoch: 77 })))
    await s.ask('Fetch', 11, fetchFrom(topic, 0n))
  }),
  script('records without values, keys or bytes', async (s) => {
    const topic = await s.topic()
    await s.ask(
      'Produce',
      7,
      produceTo(
        topic,
        buildBatch({
          records: [
            { key: null, value: null },
            { key: '', value: '' },
          ],
        }),
      ),
    )
    await s.ask('Fetch', 11, fetchFrom(topic, 0n))
  }),
]

/** A batch with another length in its header. */
function lengthOf(length: number): Buffer {
  const batch = Buffer.from(two)
  batch.writeInt32BE(length, 8)
  return batch
}
