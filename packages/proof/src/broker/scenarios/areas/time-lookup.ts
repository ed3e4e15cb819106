import { scenario } from '../scenario.js'
import type { Stage } from '../stage.js'

const at = (...times: readonly number[]) =>
  times.map((timestamp) => ({ partition: 0, timestamp, value: String(timestamp) }))

/** kafkajs answers with the end of the log where Kafka says that there is nothing. */
async function lookUp(s: Stage, topic: string, times: readonly number[]): Promise<string[]> {
  const admin = await s.admin()
  const found: string[] = []
  for (const time of times) {
    const [partition] = await admin.fetchTopicOffsetsByTimestamp(topic, time)
    found.push(`${time}: ${partition?.offset}`)
  }
  return found
}

/** Kafka lists the partitions of a topic in no particular order. */
const byPartition = <Entry extends { readonly partition: number }>(entries: readonly Entry[]): readonly Entry[] =>
  entries.toSorted((a, b) => a.partition - b.partition)

export const timeLookupScenarios = [
  scenario('a time finds the first record that is not older', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, at(100, 200, 300), { recordsPerBatch: 1 })
    s.is('found', await lookUp(s, topic, [50, 100, 101, 200, 300, 301]), [
      '50: 0',
      '100: 0',
      '101: 1',
      '200: 1',
      '300: 2',
      '301: 3',
    ])
  }),
  scenario('a time finds its record inside of a batch', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, at(100, 200, 300, 400, 500, 600), { recordsPerBatch: 3 })
    s.is('found', await lookUp(s, topic, [150, 300, 301, 450, 600]), ['150: 1', '300: 2', '301: 3', '450: 4', '600: 5'])
  }),
  ...(['gzip', 'snappy', 'lz4', 'zstd'] as const).map((compression) =>
    scenario(`a time finds its record inside of a batch with ${compression}`, async (s) => {
      const topic = await s.topic()
      await s.probe.produce(topic, at(100, 200, 300, 400, 500, 600), { recordsPerBatch: 3, compression })
      s.is('found', await lookUp(s, topic, [150, 300, 301, 450, 600]), [
        '150: 1',
        '300: 2',
        '301: 3',
        '450: 4',
        '600: 5',
      ])
    }),
  ),
  scenario('times out of order find the first batch that reaches them', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, at(500, 300, 900, 100, 200, 200, 900, 950, 50), { recordsPerBatch: 3 })
    s.is('found', await lookUp(s, topic, [100, 500, 501, 900, 901, 950, 951]), [
      '100: 0',
      '500: 0',
      '501: 2',
      '900: 2',
      '901: 7',
      '950: 7',
      '951: 9',
    ])
  }),
  scenario('an empty topic has nothing at any time', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const admin = await s.admin()
    s.is('by time', byPartition(await admin.fetchTopicOffsetsByTimestamp(topic, 1000)), [
      { partition: 0, offset: '0' },
      { partition: 1, offset: '0' },
    ])
    s.trace('without a time', byPartition(await admin.fetchTopicOffsetsByTimestamp(topic)))
    s.is(
      'ends',
      byPartition(await admin.fetchTopicOffsets(topic)),
      [0, 1].map((partition) => ({ partition, offset: '0', high: '0', low: '0' })),
    )
  }),
  scenario('ends and starts of every partition', async (s) => {
    const topic = await s.topic({ partitions: 3 })
    await s.probe.produce(topic, [
      { partition: 1, value: 'a' },
      { partition: 2, value: 'b' },
      { partition: 2, value: 'c' },
    ])
    await s.java.deleteRecords(topic, new Map([[2, 1n]]))
    const admin = await s.admin()
    s.is('kafkajs', byPartition(await admin.fetchTopicOffsets(topic)), [
      { partition: 0, offset: '0', high: '0', low: '0' },
      { partition: 1, offset: '1', high: '1', low: '0' },
      { partition: 2, offset: '2', high: '2', low: '1' },
    ])
    s.is(
      'java ends',
      [...(await s.java.endOffsets(topic))],
      [
        [0, '0'],
        [1, '1'],
        [2, '2'],
      ],
    )
    s.is(
      'java starts',
      [...(await s.java.startOffsets(topic))],
      [
        [0, '0'],
        [1, '0'],
        [2, '1'],
      ],
    )
  }),
  scenario('nothing below the start of the log is found', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, at(100, 200, 300, 400), { recordsPerBatch: 2 })
    await s.java.deleteRecords(topic, new Map([[0, 3n]]))
    s.is('found', await lookUp(s, topic, [100, 300, 400, 500]), ['100: 3', '300: 3', '400: 3', '500: 4'])
  }),
  scenario('times of a topic that stamps records itself are its own', async (s) => {
    const topic = await s.topic({ configs: { 'message.timestamp.type': 'LogAppendTime' } })
    await s.probe.produce(topic, at(100, 200), { recordsPerBatch: 2 })
    s.is('old times find the first', await lookUp(s, topic, [150, 1_000_000]), ['150: 0', '1000000: 0'])
    const admin = await s.admin()
    const [later] = await admin.fetchTopicOffsetsByTimestamp(topic, Date.now() + 60_000)
    s.is('a minute ahead', later?.offset, '2')
  }),
  scenario('an unknown topic has no ends', async (s) => {
    const admin = await s.admin()
    await s.refused('by time', admin.fetchTopicOffsetsByTimestamp(s.named('nowhere'), 1), 'UNKNOWN_TOPIC_OR_PARTITION')
    await s.refused('ends', admin.fetchTopicOffsets(s.named('nowhere')), 'UNKNOWN_TOPIC_OR_PARTITION')
    await s.refused('java', s.java.endOffsets(s.named('nowhere')), 'UnknownTopicOrPartitionException')
  }),
]
