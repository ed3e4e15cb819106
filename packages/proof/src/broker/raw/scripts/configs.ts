import { script } from '../script.js'

const topicType = 2
const brokerType = 4

const about = (resourceName: string, configurationKeys: readonly string[] | null = null, resourceType = topicType) => ({
  resources: [{ resourceType, resourceName, configurationKeys }],
  includeSynonyms: true,
})

const replace = (resourceName: string, configs: Readonly<Record<string, string | null>>, resourceType = topicType) => ({
  resources: [
    { resourceType, resourceName, configs: Object.entries(configs).map(([name, value]) => ({ name, value })) },
  ],
  validateOnly: false,
})

const operations = { set: 0, delete: 1, append: 2, subtract: 3, unknown: 9 } as const
type Change = readonly [operation: keyof typeof operations, name: string, value: string | null]

const change = (resourceName: string, changes: readonly Change[], resourceType = topicType) => ({
  resources: [
    {
      resourceType,
      resourceName,
      configs: changes.map(([operation, name, value]) => ({ name, configOperation: operations[operation], value })),
    },
  ],
  validateOnly: false,
})

const some = ['cleanup.policy', 'retention.ms', 'max.message.bytes']

export const configScripts = [
  script('all configs of a topic', async (s) => {
    const topic = await s.topic({ isPlain: true, config: { 'retention.ms': '1000', 'cleanup.policy': 'compact' } })
    await s.ask('DescribeConfigs', 3, about(topic))
  }),
  script('configs of a topic in each version', async (s) => {
    const topic = await s.topic({ isPlain: true, config: { 'retention.ms': '1000' } })
    for (const version of [1, 2, 3]) {
      await s.ask('DescribeConfigs', version, about(topic, some))
      await s.ask(
        'DescribeConfigs',
        version,
        { ...about(topic, some), includeSynonyms: false },
        { note: 'no synonyms' },
      )
    }
  }),
  script('keys that no config has are left out', async (s) => {
    const topic = await s.topic({ isPlain: true })
    await s.ask('DescribeConfigs', 2, about(topic, ['retention.ms', 'no.such']))
    await s.ask('DescribeConfigs', 2, about(topic, ['no.such']), { note: 'nothing else' })
    await s.ask('DescribeConfigs', 2, { ...about(topic, []), includeSynonyms: false }, { note: 'no keys' })
    await s.ask('DescribeConfigs', 2, about(topic, ['retention.ms', 'retention.ms']), { note: 'twice' })
  }),
  script('configs of what is not there', async (s) => {
    await s.ask('DescribeConfigs', 2, about(s.named('none')), { note: 'unknown topic' })
    await s.ask('DescribeConfigs', 2, about('a b'), { note: 'bad name' })
    await s.ask('DescribeConfigs', 2, about('7', null, brokerType), { note: 'another broker' })
    await s.ask('DescribeConfigs', 2, about('one', null, brokerType), { note: 'no number' })
    await s.ask('DescribeConfigs', 2, about('x', null, 1), { note: 'any type' })
    await s.ask('DescribeConfigs', 2, about('x', null, 99), { note: 'unknown type' })
    await s.ask('DescribeConfigs', 2, { resources: [] }, { note: 'nothing' })
  }),
  script('configs of the broker', async (s) => {
    const keys = ['auto.create.topics.enable', 'group.min.session.timeout.ms', 'node.id']
    for (const version of [1, 3]) await s.ask('DescribeConfigs', version, about('1', keys, brokerType))
    await s.ask('DescribeConfigs', 3, about('1', ['log.retention.hours', 'message.max.bytes'], brokerType), {
      note: 'of topics',
    })
    await s.ask('DescribeConfigs', 3, about('', null, brokerType), { note: 'defaults of all brokers' })
  }),
  script('several resources in one request', async (s) => {
    const topic = await s.topic({ isPlain: true })
    const resources = [...about(topic, ['retention.ms']).resources, ...about(s.named('none')).resources]
    await s.ask('DescribeConfigs', 2, { resources })
    await s.ask('DescribeConfigs', 2, { resources: [...resources, ...resources] }, { note: 'each twice' })
  }),
  script('altering replaces everything that was set', async (s) => {
    const topic = await s.topic({ isPlain: true, config: { 'retention.ms': '1000' } })
    for (const version of [0, 1]) {
      await s.ask('AlterConfigs', version, replace(topic, { 'max.message.bytes': `${2000 + version}` }))
      await s.settled()
      await s.ask('DescribeConfigs', 2, about(topic, some))
    }
    await s.ask('AlterConfigs', 1, replace(topic, {}), { note: 'nothing' })
    await s.settled()
    await s.ask('DescribeConfigs', 2, about(topic, some))
  }),
  script('alterations that cannot be', async (s) => {
    const topic = await s.topic({ isPlain: true })
    await s.ask('AlterConfigs', 1, replace(topic, { 'no.such': '1' }), { note: 'unknown name' })
    await s.ask('AlterConfigs', 1, replace(topic, { 'retention.ms': 'soon' }), { note: 'bad value' })
    await s.ask('AlterConfigs', 1, replace(topic, { 'retention.ms': null }), { note: 'null' })
    await s.ask('AlterConfigs', 1, replace(s.named('none'), { 'retention.ms': '1' }), { note: 'unknown topic' })
    await s.ask('AlterConfigs', 1, replace('a b', { 'retention.ms': '1' }), { note: 'bad name' })
    await s.ask('AlterConfigs', 1, replace('x', { 'retention.ms': '1' }, 99), { note: 'unknown type' })
    await s.ask('AlterConfigs', 1, replace('7', { 'log.cleaner.threads': '1' }, brokerType), { note: 'another broker' })
    await s.ask('AlterConfigs', 1, replace('1', { 'num.partitions': '3' }, brokerType), { note: 'not while it runs' })
    await s.ask('AlterConfigs', 1, { resources: [], validateOnly: false }, { note: 'nothing' })
    const twice = [
      ...replace(topic, { 'retention.ms': '1' }).resources,
      ...replace(topic, { 'retention.ms': '2' }).resources,
    ]
    const other = await s.client()
    await other.watch('AlterConfigs', 1, { resources: twice, validateOnly: false }, { note: 'twice', forMs: 1_000 })
    await s.ask('DescribeConfigs', 2, about(topic, some))
  }),
  script('alterations are only validated', async (s) => {
    const topic = await s.topic({ isPlain: true })
    await s.ask('AlterConfigs', 1, { ...replace(topic, { 'retention.ms': '5' }), validateOnly: true })
    await s.ask('AlterConfigs', 1, { ...replace(topic, { 'retention.ms': 'x' }), validateOnly: true }, { note: 'bad' })
    await s.ask('IncrementalAlterConfigs', 0, { ...change(topic, [['set', 'retention.ms', '5']]), validateOnly: true })
    await s.ask('DescribeConfigs', 2, about(topic, some))
  }),
  script('incremental changes leave the rest', async (s) => {
    const topic = await s.topic({ isPlain: true, config: { 'retention.ms': '1000' } })
    const step = async (changes: readonly Change[]): Promise<void> => {
      await s.ask('IncrementalAlterConfigs', 0, change(topic, changes))
      await s.settled()
      await s.ask('DescribeConfigs', 2, about(topic, some))
    }
    await step([['set', 'max.message.bytes', '2000']])
    await step([['append', 'cleanup.policy', 'compact']])
    await step([['append', 'cleanup.policy', 'compact']])
    await step([['subtract', 'cleanup.policy', 'delete']])
    await step([['subtract', 'cleanup.policy', 'delete']])
    await step([['delete', 'retention.ms', null]])
    await step([['delete', 'retention.ms', null]])
    await step([
      ['delete', 'cleanup.policy', 'ignored'],
      ['delete', 'max.message.bytes', null],
    ])
  }),
  script('incremental changes that cannot be', async (s) => {
    const topic = await s.topic({ isPlain: true })
    const step = (note: string, changes: readonly Change[]) =>
      s.ask('IncrementalAlterConfigs', 0, change(topic, changes), { note })
    await step('append to no list', [['append', 'retention.ms', '5']])
    await step('subtract from no list', [['subtract', 'retention.ms', '5']])
    await step('unknown operation', [['unknown', 'retention.ms', '5']])
    await step('null', [['set', 'retention.ms', null]])
    await step('append null', [['append', 'cleanup.policy', null]])
    await step('one key twice', [
      ['set', 'retention.ms', '5'],
      ['set', 'retention.ms', '6'],
    ])
    await step('unknown name', [['set', 'no.such', '5']])
    await step('delete an unknown name', [['delete', 'no.such', null]])
    await step('bad value', [['set', 'retention.ms', '-5']])
    await step('good and bad', [
      ['set', 'max.message.bytes', '5000'],
      ['set', 'retention.ms', 'x'],
    ])
    await step('empty the list', [['subtract', 'cleanup.policy', 'delete']])
    await s.ask('IncrementalAlterConfigs', 0, change(s.named('none'), [['set', 'retention.ms', '5']]), {
      note: 'unknown topic',
    })
    await s.ask('IncrementalAlterConfigs', 0, change(s.named('none'), []), { note: 'unknown topic, no change' })
    await s.ask('IncrementalAlterConfigs', 0, change('x', [['set', 'a', 'b']], 99), { note: 'unknown type' })
    const both = [...change(topic, [['set', 'retention.ms', '5']]).resources, ...change(topic, []).resources]
    await s.ask('IncrementalAlterConfigs', 0, { resources: both, validateOnly: false }, { note: 'resource twice' })
    await s.ask('DescribeConfigs', 2, about(topic, some))
  }),
]
