import { describe, expect, it } from 'vitest'
import { withBroker } from '../server/test-support/with-broker.js'

const topic = (name: string, more: object = {}) => ({
  name,
  numPartitions: 1,
  replicationFactor: 1,
  assignments: [] as { partitionIndex: number; brokerIds: number[] }[],
  configs: [] as { name: string; value: string | null }[],
  ...more,
})
const assigned = (...replicas: [partitionIndex: number, ...brokerIds: number[]][]) => ({
  numPartitions: -1,
  replicationFactor: -1,
  assignments: replicas.map(([partitionIndex, ...brokerIds]) => ({ partitionIndex, brokerIds })),
})

async function setup() {
  const client = await withBroker({ topics: { 'a.x': 2 }, defaultPartitions: 3 })
  const create = async (topics: ReturnType<typeof topic>[], validateOnly = false) =>
    (await client.ask('CreateTopics', 4, { topics, validateOnly })).topics
  const partitionsOf = (name: string): number | undefined => client.broker.inspect.topic(name)?.partitions.length
  return { ...client, create, partitionsOf }
}

describe('CreateTopics', () => {
  it.each([
    ['one partition', topic('b'), 1],
    ['many', topic('b', { numPartitions: 12 }), 12],
    ['the default number for -1', topic('b', { numPartitions: -1, replicationFactor: -1 }), 3],
    ['as many as are assigned by hand', topic('b', assigned([1, 0], [0, 0])), 2],
    ['a config', topic('b', { configs: [{ name: 'retention.ms', value: '5' }] }), 1],
  ])('creates %s', async (_what, spec, partitions) => {
    const { create, partitionsOf } = await setup()
    expect(await create([spec])).toEqual([{ name: 'b', errorCode: 0, errorMessage: null }])
    expect(partitionsOf('b')).toBe(partitions)
  })

  it.each([
    ['one that exists', topic('a.x'), 36],
    ['a name that collides', topic('a_x'), 17],
    ['a bad name', topic('a b'), 17],
    ['no partitions', topic('b', { numPartitions: 0 }), 37],
    ['a negative number of partitions', topic('b', { numPartitions: -2 }), 37],
    ['more replicas than brokers', topic('b', { replicationFactor: 2 }), 38],
    ['no replicas', topic('b', { replicationFactor: 0 }), 38],
    ['an unknown config', topic('b', { configs: [{ name: 'nonsense', value: '1' }] }), 40],
    ['a bad value of a config', topic('b', { configs: [{ name: 'retention.ms', value: 'soon' }] }), 40],
    ['no value for a config', topic('b', { configs: [{ name: 'retention.ms', value: null }] }), 40],
    ['an assignment and a number of partitions', topic('b', { ...assigned([0, 0]), numPartitions: 1 }), 42],
    ['an assignment and a replication factor', topic('b', { ...assigned([0, 0]), replicationFactor: 1 }), 42],
    ['an assignment to a broker that is not there', topic('b', assigned([0, 7])), 39],
    ['an assignment to nobody', topic('b', assigned([0])), 39],
    ['an assignment to one broker twice', topic('b', assigned([0, 0, 0])), 39],
    ['an assignment with a hole', topic('b', assigned([0, 0], [2, 0])), 39],
    ['one partition assigned twice', topic('b', assigned([0, 0], [0, 0])), 39],
    ['more partitions than one request may ask for', topic('b', { numPartitions: 10_001 }), 44],
  ])('refuses %s, with a sentence', async (_what, spec, errorCode) => {
    const { create, partitionsOf } = await setup()
    expect(await create([spec])).toEqual([{ name: spec.name, errorCode, errorMessage: expect.stringMatching(/\w/) }])
    expect([partitionsOf('b'), partitionsOf('a.x')]).toEqual([undefined, 2])
  })

  it('names a wrong config before a wrong number of partitions', async () => {
    const { create } = await setup()
    const wrong = topic('b', { numPartitions: 0, configs: [{ name: 'nonsense', value: '1' }] })
    expect((await create([wrong]))[0]?.errorCode).toBe(40)
  })

  it('refuses a name that stands there twice, once, and creates the rest', async () => {
    const { create, partitionsOf } = await setup()
    const results = await create([topic('b'), topic('twice'), topic('twice', { numPartitions: 2 })])
    expect(results.map(({ name, errorCode }) => [name, errorCode])).toEqual([
      ['b', 0],
      ['twice', 42],
    ])
    expect([partitionsOf('b'), partitionsOf('twice')]).toEqual([1, undefined])
  })

  it('validates only, when that is all it is asked to do', async () => {
    const { create, partitionsOf } = await setup()
    const results = await create([topic('b'), topic('a.x'), topic('c', { numPartitions: 0 })], true)
    expect(results.map(({ errorCode }) => errorCode)).toEqual([0, 36, 37])
    expect(partitionsOf('b')).toBeUndefined()
  })
})

describe('DeleteTopics', () => {
  it.each([
    ['a topic', ['a.x'], [['a.x', 0]], []],
    ['an unknown one', ['nobody'], [['nobody', 3]], ['a.x']],
    ['one that is named twice', ['a.x', 'a.x'], [['a.x', 42]], ['a.x']],
  ])('answers for %s', async (_what, topicNames, expected, left) => {
    const { ask, broker } = await setup()
    const { responses } = await ask('DeleteTopics', 3, { topicNames, timeoutMs: 1000 })
    expect(responses.map(({ name, errorCode }) => [name, errorCode])).toEqual(expected)
    expect(broker.inspect.topics.map(({ name }) => name)).toEqual(left)
  })
})

describe('CreatePartitions', () => {
  it.each([
    ['more', { name: 'a.x', count: 5, assignments: null }, 0, 5],
    ['more, assigned by hand', { name: 'a.x', count: 3, assignments: [{ brokerIds: [0] }] }, 0, 3],
    ['the same number', { name: 'a.x', count: 2, assignments: null }, 37, 2],
    ['fewer', { name: 'a.x', count: 1, assignments: null }, 37, 2],
    ['an unknown topic', { name: 'nobody', count: 5, assignments: null }, 3, 2],
    ['too few assignments', { name: 'a.x', count: 5, assignments: [{ brokerIds: [0] }] }, 39, 2],
    [
      'an assignment to a broker that is not there',
      { name: 'a.x', count: 3, assignments: [{ brokerIds: [9] }] },
      39,
      2,
    ],
  ])('answers for %s', async (_what, topic, errorCode, partitions) => {
    const { ask, partitionsOf } = await setup()
    const request = { topics: [topic], timeoutMs: 1000, validateOnly: false }
    const { results } = await ask('CreatePartitions', 1, request)
    const hasWords = errorCode !== 0 && errorCode !== 3
    expect(results).toEqual([
      { name: topic.name, errorCode, errorMessage: hasWords ? expect.stringMatching(/\w/) : null },
    ])
    expect(partitionsOf('a.x')).toBe(partitions)
  })

  it('refuses a topic that is named twice, and validates only when asked to', async () => {
    const { ask, partitionsOf } = await setup()
    const grow = { name: 'a.x', count: 5, assignments: null }
    const twice = await ask('CreatePartitions', 1, { topics: [grow, grow], timeoutMs: 1000, validateOnly: false })
    expect(twice.results.map(({ name, errorCode }) => [name, errorCode])).toEqual([['a.x', 42]])
    const dry = await ask('CreatePartitions', 1, { topics: [grow], timeoutMs: 1000, validateOnly: true })
    expect(dry.results[0]?.errorCode).toBe(0)
    expect(partitionsOf('a.x')).toBe(2)
  })
})
