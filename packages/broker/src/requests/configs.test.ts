import { describe, expect, it } from 'vitest'
import { withBroker } from '../server/test-support/with-broker.js'

const topic = 2
const broker = 4
const operation = { set: 0, delete: 1, append: 2, subtract: 3 }

async function setup() {
  const client = await withBroker({
    topics: { orders: { partitions: 1, config: { 'retention.ms': 1000, 'cleanup.policy': 'compact' } } },
    nodeId: 3,
    groups: { minSessionTimeout: '1s' },
  })
  const describeOne = async (
    resourceType: number,
    resourceName: string,
    configurationKeys: string[] | null = null,
    version = 3,
    includeSynonyms = false,
  ) => {
    const resources = [{ resourceType, resourceName, configurationKeys }]
    const { results } = await client.ask('DescribeConfigs', version, { resources, includeSynonyms })
    const [result] = results
    if (result === undefined) throw new Error('there is no result')
    return result
  }
  const valuesOf = async (...keys: string[]): Promise<Record<string, string | null>> => {
    const { configs } = await describeOne(topic, 'orders', keys)
    return Object.fromEntries(configs.map(({ name, value }) => [name, value]))
  }
  const alter = async (
    configs: [string, string | null][],
    to: { type?: number; name?: string; dry?: boolean } = {},
  ) => {
    const resource = { resourceType: to.type ?? topic, resourceName: to.name ?? 'orders' }
    const resources = [{ ...resource, configs: configs.map(([name, value]) => ({ name, value })) }]
    return (await client.ask('AlterConfigs', 1, { resources, validateOnly: to.dry ?? false })).responses[0]
  }
  const change = async (...configs: [string, keyof typeof operation | number, string | null][]) => {
    const changes = configs.map(([name, what, value]) => ({
      name,
      configOperation: typeof what === 'number' ? what : operation[what],
      value,
    }))
    const resources = [{ resourceType: topic, resourceName: 'orders', configs: changes }]
    return (await client.ask('IncrementalAlterConfigs', 0, { resources, validateOnly: false })).responses[0]
  }
  return { ...client, describeOne, valuesOf, alter, change }
}

describe('DescribeConfigs', () => {
  it('shows 33 configs of a topic, by default and as set', async () => {
    const { describeOne } = await setup()
    const { errorCode, configs } = await describeOne(topic, 'orders')
    expect([errorCode, configs.length]).toEqual([0, 33])
    const byName = new Map(configs.map((config) => [config.name, config]))
    expect(byName.get('retention.ms')).toEqual({
      name: 'retention.ms',
      value: '1000',
      readOnly: false,
      configSource: 1,
      isSensitive: false,
      synonyms: [],
      configType: 5,
      documentation: null,
    })
    expect(byName.get('max.message.bytes')).toMatchObject({ value: '1048588', configSource: 5, configType: 3 })
  })

  it('shows where a value comes from, where that is asked for', async () => {
    const { describeOne } = await setup()
    const { configs } = await describeOne(
      topic,
      'orders',
      ['cleanup.policy', 'retention.ms', 'segment.ms', 'remote.storage.enable', 'min.insync.replicas'],
      1,
      true,
    )
    const byDefault = { name: 'min.insync.replicas', value: '1' }
    expect(configs.map(({ name, configSource, synonyms }) => [name, configSource, synonyms])).toEqual([
      [
        'cleanup.policy',
        1,
        [
          { name: 'cleanup.policy', value: 'compact', source: 1 },
          { name: 'log.cleanup.policy', value: 'delete', source: 5 },
        ],
      ],
      [
        'min.insync.replicas',
        3,
        [
          { ...byDefault, source: 3 },
          { ...byDefault, source: 5 },
        ],
      ],
      ['remote.storage.enable', 5, []],
      ['retention.ms', 1, [{ name: 'retention.ms', value: '1000', source: 1 }]],
      ['segment.ms', 5, []],
    ])
  })

  it('shows what is set for all brokers, and a node id that has no default', async () => {
    const { describeOne } = await setup()
    const all = await describeOne(broker, '')
    expect(all.configs.map(({ name, value, configSource }) => [name, value, configSource])).toEqual([
      ['min.insync.replicas', '1', 3],
    ])
    const { configs } = await describeOne(broker, '3', ['node.id', 'log.retention.hours'], 3, true)
    expect(configs.map(({ name, configType, synonyms }) => [name, configType, synonyms.length])).toEqual([
      ['log.retention.hours', 3, 1],
      ['node.id', 3, 1],
    ])
  })

  it('has no words where nothing failed, and none for an unknown topic', async () => {
    const { describeOne } = await setup()
    expect([
      (await describeOne(topic, 'orders')).errorMessage,
      (await describeOne(topic, 'nobody')).errorMessage,
    ]).toEqual(['', ''])
  })

  it('leaves out keys that do not exist', async () => {
    const { describeOne } = await setup()
    const { configs } = await describeOne(topic, 'orders', ['retention.ms', 'nonsense'])
    expect(configs.map(({ name }) => name)).toEqual(['retention.ms'])
  })

  it('shows configs of this broker, by their defaults and as it was started', async () => {
    const { describeOne } = await setup()
    const { configs } = await describeOne(broker, '3')
    const found = configs.filter(({ name }) => name.startsWith('group.min') || name.startsWith('group.max.session'))
    expect(found.map(({ name, value, configSource, readOnly }) => [name, value, configSource, readOnly])).toEqual([
      ['group.max.session.timeout.ms', '1800000', 5, true],
      ['group.min.session.timeout.ms', '1000', 4, true],
    ])
  })

  it.each([
    ['an unknown topic', topic, 'nobody', 3],
    ['a bad name of a topic', topic, 'a b', 17],
    ['another broker', broker, '7', 42],
    ['a broker that is no number', broker, 'x', 42],
    ['something else', 16, 'x', 42],
    ['nothing that there is', 99, 'x', 42],
  ])('refuses %s', async (_what, resourceType, resourceName, errorCode) => {
    const { describeOne } = await setup()
    const result = await describeOne(resourceType, resourceName)
    expect(result).toMatchObject({ errorCode, resourceType, resourceName, configs: [] })
  })
})

describe('AlterConfigs', () => {
  it('replaces everything that was set', async () => {
    const { alter, valuesOf } = await setup()
    expect(await alter([['segment.ms', '9']])).toMatchObject({
      errorCode: 0,
      errorMessage: null,
      resourceName: 'orders',
    })
    expect(await valuesOf('segment.ms', 'retention.ms')).toEqual({ 'retention.ms': '604800000', 'segment.ms': '9' })
  })

  it.each([
    ['an unknown config', [['nonsense', '1']], {}, 40],
    ['a bad value', [['retention.ms', 'x']], {}, 40],
    ['null', [['retention.ms', null]], {}, 42],
    [
      'a key twice',
      [
        ['retention.ms', '1'],
        ['retention.ms', '2'],
      ],
      {},
      42,
    ],
    ['an unknown topic', [['retention.ms', '1']], { name: 'nobody' }, 3],
    ['a bad config of an unknown topic by its config', [['nonsense', '1']], { name: 'nobody' }, 40],
    ['another broker', [], { type: broker, name: '7' }, 42],
    ['a config of this broker', [['num.partitions', '3']], { type: broker, name: '3' }, 42],
    ['something else', [], { type: 8, name: '3' }, 42],
  ] as [string, [string, string | null][], object, number][])('refuses %s', async (_what, configs, to, errorCode) => {
    const { alter, valuesOf } = await setup()
    expect(await alter(configs, to)).toMatchObject({ errorCode, errorMessage: expect.stringMatching(/\w/) })
    expect(await valuesOf('retention.ms')).toEqual({ 'retention.ms': '1000' })
  })

  it('changes nothing when it only validates', async () => {
    const { alter, valuesOf } = await setup()
    expect((await alter([['retention.ms', '7']], { dry: true }))?.errorCode).toBe(0)
    expect((await alter([['retention.ms', 'x']], { dry: true }))?.errorCode).toBe(40)
    expect(await valuesOf('retention.ms')).toEqual({ 'retention.ms': '1000' })
  })

  it('refuses a resource that stands there twice, both times', async () => {
    const { ask } = await setup()
    const resource = { resourceType: topic, resourceName: 'orders', configs: [] }
    const { responses } = await ask('AlterConfigs', 1, { resources: [resource, resource], validateOnly: false })
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([42, 42])
  })
})

describe('IncrementalAlterConfigs', () => {
  it('sets and deletes what it names and leaves the rest', async () => {
    const { change, valuesOf } = await setup()
    const result = await change(
      ['segment.ms', 'set', '9'],
      ['retention.ms', 'delete', null],
      ['nonsense', 'delete', null],
    )
    expect(result?.errorCode).toBe(0)
    expect(await valuesOf('segment.ms', 'retention.ms', 'cleanup.policy')).toEqual({
      'cleanup.policy': 'compact',
      'retention.ms': '604800000',
      'segment.ms': '9',
    })
  })

  it('appends to a list what it lacks, and takes out what it has', async () => {
    const { change, valuesOf } = await setup()
    await change(['cleanup.policy', 'append', 'delete,compact'])
    expect(await valuesOf('cleanup.policy')).toEqual({ 'cleanup.policy': 'compact,delete' })
    await change(['cleanup.policy', 'subtract', 'compact'])
    expect(await valuesOf('cleanup.policy')).toEqual({ 'cleanup.policy': 'delete' })
  })

  it.each<[string, Parameters<Awaited<ReturnType<typeof setup>>['change']>[number], number]>([
    ['to append to what is no list', ['retention.ms', 'append', '1'], 40],
    ['to take out of what is no list', ['retention.ms', 'subtract', '1'], 40],
    ['a value outside the list', ['cleanup.policy', 'append', 'shred'], 40],
    ['null', ['retention.ms', 'set', null], 42],
    ['an operation that there is not', ['retention.ms', 9, '1'], -1],
  ])('refuses %s', async (_what, config, errorCode) => {
    const { change, valuesOf } = await setup()
    expect((await change(config))?.errorCode).toBe(errorCode)
    expect(await valuesOf('retention.ms', 'cleanup.policy')).toEqual({
      'cleanup.policy': 'compact',
      'retention.ms': '1000',
    })
  })

  it('changes a resource as a whole or not at all', async () => {
    const { change, valuesOf } = await setup()
    expect((await change(['segment.ms', 'set', '9'], ['retention.ms', 'set', 'x']))?.errorCode).toBe(40)
    expect(await valuesOf('segment.ms')).toEqual({ 'segment.ms': '604800000' })
  })
})
