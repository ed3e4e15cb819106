import { type Admin, ConfigResourceTypes, type ConfigEntries } from '../bare-kafkajs.js'
import { scenario } from '../scenario.js'

async function describe(
  admin: Admin,
  type: ConfigResourceTypes,
  name: string,
  configNames: string[] = [],
  includeSynonyms = false,
) {
  const resource = configNames.length === 0 ? { type, name } : { type, name, configNames }
  const { resources } = await admin.describeConfigs({ resources: [resource], includeSynonyms })
  return resources[0]?.configEntries.toSorted((a, b) => (a.configName < b.configName ? -1 : 1)) ?? []
}

const set = (entries: readonly ConfigEntries[]) =>
  entries
    .filter(({ configSource }) => Number(configSource) === 1)
    .map(({ configName, configValue }) => `${configName}=${configValue}`)

const topicType = ConfigResourceTypes.TOPIC

export const configScenarios = [
  scenario('a topic has every config of Kafka with its default', async (s) => {
    const topic = await s.topic()
    const entries = await describe(await s.admin(), topicType, topic)
    s.trace('all of them', entries)
    s.is('how many', entries.length, 33)
  }),
  scenario('where a config comes from', async (s) => {
    const topic = await s.topic({ configs: { 'retention.ms': '1234567', 'cleanup.policy': 'compact,delete' } })
    const entries = await describe(
      await s.admin(),
      topicType,
      topic,
      ['retention.ms', 'cleanup.policy', 'max.message.bytes'],
      true,
    )
    s.trace('with synonyms', entries)
    s.is('set', set(entries), ['cleanup.policy=compact,delete', 'retention.ms=1234567'])
  }),
  scenario('only what was asked for, and only what there is', async (s) => {
    const topic = await s.topic()
    const entries = await describe(await s.admin(), topicType, topic, ['retention.ms', 'no.such.config'])
    s.is(
      'names',
      entries.map(({ configName }) => configName),
      ['retention.ms'],
    )
  }),
  scenario('kafkajs replaces the configs of a topic', async (s) => {
    const topic = await s.topic({ configs: { 'retention.ms': '1000000', 'segment.bytes': '2000000' } })
    const admin = await s.admin()
    const alter = (entries: Record<string, string>, validateOnly = false) =>
      admin.alterConfigs({
        validateOnly,
        resources: [
          {
            type: topicType,
            name: topic,
            configEntries: Object.entries(entries).map(([name, value]) => ({ name, value })),
          },
        ],
      })
    const now = async () => set(await describe(admin, topicType, topic))
    s.trace('only checked', await alter({ 'retention.ms': '5000000' }, true))
    s.is('as before', await now(), ['retention.ms=1000000', 'segment.bytes=2000000'])
    s.trace('altered', await alter({ 'max.message.bytes': '5000' }))
    s.is('replaced', await s.until('altered', async () => ((await now()).length === 1 ? now() : undefined)), [
      'max.message.bytes=5000',
    ])
    for (const entries of [{ 'retention.ms': 'long' }, { 'no.such.config': '1' }, { 'max.message.bytes': '-1' }]) {
      await s.refused(JSON.stringify(entries), alter(entries), 'INVALID_CONFIG')
    }
    s.is('still', await now(), ['max.message.bytes=5000'])
  }),
  scenario('Java changes one config and leaves the others', async (s) => {
    const topic = await s.topic({ configs: { 'retention.ms': '1000000', 'segment.bytes': '2000000' } })
    const admin = await s.admin()
    const now = async () => set(await describe(admin, topicType, topic))
    await s.java.alterTopic(topic, { 'retention.ms': '7000000', 'max.message.bytes': '4000' })
    s.is('changed', await now(), ['max.message.bytes=4000', 'retention.ms=7000000', 'segment.bytes=2000000'])
    await s.java.alterTopic(topic, { 'retention.ms': null })
    s.is('back to the default', await now(), ['max.message.bytes=4000', 'segment.bytes=2000000'])
    await s.refused('bad', s.java.alterTopic(topic, { 'retention.ms': 'long' }), 'InvalidConfigurationException')
    await s.refused('unknown', s.java.alterTopic(topic, { 'no.such.config': '1' }), 'InvalidConfigurationException')
  }),
  scenario('configs of a topic that is not there', async (s) => {
    const admin = await s.admin()
    await s.refused('described', describe(admin, topicType, s.named('nowhere')), 'UNKNOWN_TOPIC_OR_PARTITION')
    await s.refused(
      'altered',
      s.java.alterTopic(s.named('nowhere'), { 'retention.ms': '1' }),
      'UnknownTopicOrPartitionException',
    )
  }),
  scenario('configs of the broker', async (s) => {
    const admin = await s.admin()
    const names = [
      'auto.create.topics.enable',
      'group.min.session.timeout.ms',
      'log.retention.hours',
      'offset.metadata.max.bytes',
    ]
    const entries = await describe(admin, ConfigResourceTypes.BROKER, '1', names)
    s.trace('some of them', entries)
    s.is(
      'values',
      entries.map(({ configName, configValue }) => `${configName}=${configValue}`),
      [
        'auto.create.topics.enable=false',
        'group.min.session.timeout.ms=500',
        'log.retention.hours=168',
        'offset.metadata.max.bytes=4096',
      ],
    )
    s.trace('another node', await describe(admin, ConfigResourceTypes.BROKER, '42').catch((error: unknown) => error))
  }),
  scenario('the defaults of topics are configs of the broker', async (s) => {
    const [entry] = await describe(await s.admin(), ConfigResourceTypes.BROKER, '1', ['message.max.bytes'])
    s.is('value', [entry?.configValue, entry?.isDefault], ['1048588', true])
    s.trace('read-only', entry?.readOnly)
  }),
  scenario('what a topic config does, it does at once', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(topic, [{ value: 'a', timestamp: 1000 }])
    await s.java.alterTopic(topic, { 'message.timestamp.type': 'LogAppendTime' })
    await s.until('stamped by the broker', async () => {
      await s.probe.produce(topic, [{ value: 'b', timestamp: 1000 }])
      const records = await s.probe.read(topic)
      return records.at(-1)?.timestampType === 'LogAppendTime' ? true : undefined
    })
    const records = await s.probe.read(topic)
    s.is('the first', [records[0]?.timestamp, records[0]?.timestampType], ['1000', 'CreateTime'])
  }),
]
