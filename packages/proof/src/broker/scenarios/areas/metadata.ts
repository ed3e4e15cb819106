import { scenario } from '../scenario.js'

const partitionCounts = (topics: readonly { name: string; partitions: readonly unknown[] }[]) =>
  topics.map(({ name, partitions }) => `${name} ${partitions.length}`).toSorted()

export const metadataScenarios = [
  scenario('a topic has a leader, a replica and an in-sync replica for each partition', async (s) => {
    const topic = await s.topic({ partitions: 3 })
    const admin = await s.admin()
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    const partitions = topics[0]?.partitions.toSorted((a, b) => a.partitionId - b.partitionId) ?? []
    s.trace('all of it', { topics, partitions })
    const ids = partitions.map(({ partitionId, leader, replicas, isr }) => ({ partitionId, leader, replicas, isr }))
    s.is(
      'partitions',
      ids,
      [0, 1, 2].map((partitionId) => ({ partitionId, leader: 1, replicas: [1], isr: [1] })),
    )
  }),
  scenario('an unknown topic is an error for whoever asks for it by name', async (s) => {
    const admin = await s.admin()
    await s.refused('kafkajs', admin.fetchTopicMetadata({ topics: [s.named('nowhere')] }), 'UNKNOWN_TOPIC_OR_PARTITION')
    await s.refused('java', s.java.describeTopic(s.named('nowhere')), 'UnknownTopicOrPartitionException')
    const found = await s.driver.describeTopics([s.named('nowhere')], AbortSignal.timeout(10_000))
    s.is('driver', [...found], [])
  }),
  scenario('a known topic beside an unknown one', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const admin = await s.admin()
    const both = [topic, s.named('nowhere')]
    await s.refused('kafkajs', admin.fetchTopicMetadata({ topics: both }), 'UNKNOWN_TOPIC_OR_PARTITION')
    const found = await s.driver.describeTopics(both, AbortSignal.timeout(10_000))
    s.is(
      'driver',
      [...found.values()].map(({ name, partitions }) => [name, partitions]),
      [[topic, 2]],
    )
  }),
  scenario('a name that no topic can have is refused as such', async (s) => {
    const admin = await s.admin()
    for (const name of ['with space', '.', 'x'.repeat(250)]) {
      await s.refused(name, admin.fetchTopicMetadata({ topics: [name] }), 'INVALID_TOPIC_EXCEPTION')
    }
  }),
  scenario('a topic asked for twice is answered once', async (s) => {
    const topic = await s.topic()
    const admin = await s.admin()
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic, topic] })
    s.is('answer', partitionCounts(topics), [`${topic} 1`])
  }),
  scenario('topics are listed from their creation to their deletion', async (s) => {
    const admin = await s.admin()
    const topics = [await s.topic({}, 'a'), await s.topic({ partitions: 2 }, 'b')]
    const mine = async () => (await admin.listTopics()).filter((name) => topics.includes(name)).toSorted()
    s.is('both', await mine(), topics)
    await s.java.deleteTopic(s.named('a'))
    s.is('one', await mine(), [s.named('b')])
    s.is(
      'java',
      (await s.java.listTopics()).filter((name) => topics.includes(name)),
      [s.named('b')],
    )
  }),
  scenario('the cluster has one broker, which is its controller', async (s) => {
    const admin = await s.admin()
    const { brokers, controller, clusterId } = await admin.describeCluster()
    s.is('brokers', brokers, [{ nodeId: 1, host: '127.0.0.1', port: 'some' }])
    s.is('controller', controller, 1)
    s.is('cluster id is 16 bytes of base64url', /^[\w-]{22}$/.test(clusterId), true)
  }),
  scenario('partitions that were added are there for every client', async (s) => {
    const topic = await s.topic()
    await s.java.addPartitions(topic, 4)
    const admin = await s.admin()
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] })
    s.is('kafkajs', partitionCounts(topics), [`${topic} 4`])
    const { partitions } = await s.java.describeTopic(topic)
    s.is(
      'java',
      partitions,
      [0, 1, 2, 3].map((partition) => ({ partition, leader: 1, replicas: [1], inSync: [1] })),
    )
  }),
  scenario('what a driver wants to know of a topic comes from its configs', async (s) => {
    const topic = await s.topic({ partitions: 2, configs: { 'max.message.bytes': '5000', 'retention.ms': '60000' } })
    const plain = await s.topic({}, 'plain')
    const found = await s.driver.describeTopics([topic, plain], AbortSignal.timeout(10_000))
    s.is(
      'described',
      [found.get(topic), found.get(plain)],
      [
        { name: topic, partitions: 2, maxMessageBytes: 5000, retentionMs: 60_000 },
        { name: plain, partitions: 1, maxMessageBytes: 1_048_588, retentionMs: 604_800_000 },
      ],
    )
  }),
  scenario('a partition leads on the only node', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    s.is('leader', [await s.java.leaderOf(topic, 0), await s.java.leaderOf(topic, 1)], [1, 1])
    const group = s.named('g')
    await s.java.setCommitted(group, topic, new Map([[0, 1n]]))
    s.is('coordinator', await s.java.coordinatorOf(group), 1)
  }),
]
