import { short } from '../readable.js'
import { scenario } from '../scenario.js'

const bad = [
  ['no partitions', { numPartitions: 0 }, 'INVALID_PARTITIONS'],
  ['more replicas than brokers', { replicationFactor: 3 }, 'INVALID_REPLICATION_FACTOR'],
  ['an unknown config', { configEntries: [{ name: 'no.such.config', value: '1' }] }, 'INVALID_CONFIG'],
  ['a bad config', { configEntries: [{ name: 'retention.ms', value: 'long' }] }, 'INVALID_CONFIG'],
  ['a bad policy', { configEntries: [{ name: 'cleanup.policy', value: 'shred' }] }, 'INVALID_CONFIG'],
] as const

export const adminScenarios = [
  scenario('kafkajs creates a topic once', async (s) => {
    const admin = await s.admin()
    const topics = [{ topic: s.named('orders'), numPartitions: 3, replicationFactor: 1 }]
    s.is('first', await admin.createTopics({ topics }), true)
    s.is('second', await admin.createTopics({ topics }), false)
    s.is('partitions', (await s.java.describeTopic(s.named('orders'))).partitions.length, 3)
    await s.refused('java', s.java.createTopic(s.named('orders')), 'TopicExistsException')
  }),
  ...bad.map(([name, over, expected]) =>
    scenario(`a topic with ${name} is not created`, async (s) => {
      const admin = await s.admin()
      const topic = s.named('orders')
      const topics = [{ topic, ...over, configEntries: [...('configEntries' in over ? over.configEntries : [])] }]
      await s.refused('kafkajs', admin.createTopics({ topics, waitForLeaders: false }), expected)
      const found = await s.driver.describeTopics([topic], AbortSignal.timeout(10_000))
      s.is('there', found.size, 0)
    }),
  ),
  scenario('Java says why a topic is not created', async (s) => {
    await s.refused('name', s.java.createTopic('with space'), 'InvalidTopicException')
    await s.refused(
      'replicas',
      s.java.createTopic(s.named('a'), { replication: 2 }),
      'InvalidReplicationFactorException',
    )
    await s.refused(
      'config',
      s.java.createTopic(s.named('a'), { configs: { 'retention.ms': 'long' } }),
      'InvalidConfigurationException',
    )
    s.trace(
      'assignment',
      await s.java.createTopic(s.named('a'), { assignment: [[7]] }).catch((error: unknown) => error),
    )
    await s.java.createTopic(s.named('a.x'))
    await s.refused('a name that collides in metrics', s.java.createTopic(s.named('a_x')), 'InvalidTopicException')
  }),
  scenario('checking is not creating', async (s) => {
    const admin = await s.admin()
    const topic = s.named('orders')
    s.is('checked', await admin.createTopics({ validateOnly: true, waitForLeaders: false, topics: [{ topic }] }), true)
    s.is('there', (await admin.listTopics()).includes(topic), false)
    await s.refused(
      'bad',
      admin.createTopics({ validateOnly: true, waitForLeaders: false, topics: [{ topic, numPartitions: 0 }] }),
      'INVALID_PARTITIONS',
    )
  }),
  scenario('the defaults of the broker are those of a topic that names none', async (s) => {
    const admin = await s.admin()
    await admin.createTopics({ topics: [{ topic: s.named('orders') }] })
    s.is('partitions', (await s.java.describeTopic(s.named('orders'))).partitions.length, 1)
  }),
  scenario('a topic with its own assignment of replicas', async (s) => {
    await s.java.createTopic(s.named('orders'), { assignment: [[1], [1]] })
    const { partitions } = await s.java.describeTopic(s.named('orders'))
    s.is(
      'partitions',
      partitions.map(({ leader, replicas }) => ({ leader, replicas })),
      [0, 1].map(() => ({ leader: 1, replicas: [1] })),
    )
  }),
  scenario('one bad topic of a request does not spoil the others', async (s) => {
    const admin = await s.admin()
    const topics = [{ topic: s.named('good') }, { topic: s.named('bad'), numPartitions: 0 }]
    await s.refused('kafkajs', admin.createTopics({ topics, waitForLeaders: false }), 'INVALID_PARTITIONS')
    const there = await s.until('the good one is listed', async () => {
      const found = (await admin.listTopics()).filter((name) => name.startsWith(s.named('')))
      return found.length > 0 ? found : undefined
    })
    s.is('there', there, [s.named('good')])
  }),
  scenario('deleting what is not there is an error', async (s) => {
    const admin = await s.admin()
    await s.refused(
      'kafkajs',
      admin.deleteTopics({ topics: [s.named('nowhere')], timeout: 1000 }),
      'UNKNOWN_TOPIC_OR_PARTITION',
    )
    await s.refused('java', s.java.deleteTopic(s.named('nowhere')), 'UnknownTopicOrPartitionException')
  }),
  scenario('a topic that is created anew is empty', async (s) => {
    const topic = await s.topic({ partitions: 2, configs: { 'retention.ms': '5000000' } })
    await s.probe.produce(topic, [
      { partition: 0, value: 'old' },
      { partition: 1, value: 'old' },
    ])
    await s.java.deleteTopic(topic)
    await s.java.createTopic(topic)
    s.is('ends', [...(await s.java.endOffsets(topic))], [[0, '0']])
    await s.probe.produce(topic, [{ value: 'new' }])
    s.is('records', short(await s.probe.read(topic)), ['0@0 new'])
    s.is('config', (await s.java.describeTopic(topic)).configs.get('retention.ms'), '604800000')
  }),
  scenario('partitions are added and never taken away', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const admin = await s.admin()
    const grow = (count: number, validateOnly = false) =>
      admin.createPartitions({ topicPartitions: [{ topic, count }], validateOnly })
    s.trace('to four', await grow(4))
    await s.refused('the same', grow(4), 'INVALID_PARTITIONS')
    await s.refused('fewer', grow(2), 'INVALID_PARTITIONS')
    s.trace('only checked', await grow(9, true))
    await s.refused('java', s.java.addPartitions(topic, 3), 'InvalidPartitionsException')
    s.is('now', (await s.java.describeTopic(topic)).partitions.length, 4)
    await s.refused(
      'unknown',
      admin.createPartitions({ topicPartitions: [{ topic: s.named('nowhere'), count: 2 }] }),
      'UNKNOWN_TOPIC_OR_PARTITION',
    )
  }),
  scenario('records are deleted up to an offset', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    await s.probe.produce(
      topic,
      Array.from({ length: 10 }, (_, at) => ({ partition: at % 2, value: String(at) })),
    )
    const admin = await s.admin()
    // kafkajs looks for leaders only in what it has loaded before.
    await admin.fetchTopicOffsets(topic)
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '3' }] })
    s.is('left', short(await s.probe.read(topic)), ['0@3 6', '0@4 8', '1@0 1', '1@1 3', '1@2 5', '1@3 7', '1@4 9'])
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 1, offset: '-1' }] })
    s.is('all of one', short(await s.probe.read(topic, { partitions: [1] })), [])
    s.trace(
      'beyond the end',
      await admin
        .deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '99' }] })
        .catch((error: unknown) => error),
    )
    await s.refused('java', s.java.deleteRecords(topic, new Map([[0, 99n]])), 'OffsetOutOfRangeException')
    s.trace('below the start', await s.java.deleteRecords(topic, new Map([[0, 1n]])).catch((error: unknown) => error))
    s.is(
      'starts',
      [...(await s.java.startOffsets(topic))],
      [
        [0, '3'],
        [1, '5'],
      ],
    )
  }),
  scenario('records of an unknown topic cannot be deleted', async (s) => {
    const admin = await s.admin()
    const topic = s.named('nowhere')
    s.trace(
      'kafkajs',
      await admin
        .deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] })
        .catch((error: unknown) => error),
    )
    s.trace(
      'java',
      await s.java.deleteRecords(topic, new Map([[0, 1n]]), { timeoutMs: 3000 }).catch((error: unknown) => error),
    )
  }),
]
