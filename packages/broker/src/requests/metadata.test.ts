import { describe, expect, it } from 'vitest'
import { withBroker } from '../server/test-support/with-broker.js'

type Named = { readonly name: string; readonly errorCode: number }
const codes = (topics: readonly Named[]): [string, number][] => topics.map(({ name, errorCode }) => [name, errorCode])
const named = (...names: string[]): { topics: { name: string }[] } => ({ topics: names.map((name) => ({ name })) })

describe('metadata', () => {
  it('shows one node that leads every partition', async () => {
    const { ask, broker } = await withBroker({ topics: { orders: 2 }, nodeId: 5 })
    const body = await ask('Metadata', 8, named('orders'))
    expect(body.brokers).toEqual([{ nodeId: 5, host: 'memory', port: 9092, rack: null }])
    expect([body.clusterId, body.controllerId]).toEqual([broker.clusterId, 5])
    expect(body.topics).toEqual([
      {
        errorCode: 0,
        name: 'orders',
        isInternal: false,
        topicAuthorizedOperations: -2147483648,
        partitions: [0, 1].map((partitionIndex) => ({
          errorCode: 0,
          partitionIndex,
          leaderId: 5,
          leaderEpoch: 0,
          replicaNodes: [5],
          isrNodes: [5],
          offlineReplicas: [],
        })),
      },
    ])
  })

  it.each([
    ['all topics for null', 1, null, ['a', 'b']],
    ['none for an empty list', 1, [], []],
    ['all for an empty list in version 0', 0, [], ['a', 'b']],
    ['a topic once that is asked for twice', 5, [{ name: 'b' }, { name: 'b' }], ['b']],
  ])('answers %s', async (_what, version, topics, names) => {
    const { ask } = await withBroker({ topics: { a: 1, b: 1 } })
    const body = await ask('Metadata', version, { topics })
    expect(body.topics.map(({ name }) => name)).toEqual(names)
  })

  it('answers 3 without partitions for a topic that is not there', async () => {
    const { ask } = await withBroker()
    const { topics } = await ask('Metadata', 5, named('nobody'))
    expect(topics).toMatchObject([{ name: 'nobody', errorCode: 3, partitions: [] }])
  })

  it.each(['a b', '', '.', 'x'.repeat(250)])('answers 17 for the name %j', async (name) => {
    const { ask } = await withBroker({ autoCreateTopics: true })
    expect(codes((await ask('Metadata', 5, named(name))).topics)).toEqual([[name, 17]])
  })

  it.each([
    ['creates a topic that is asked for, 3 at first', true, true, [3, 0], 4],
    ['creates nothing where the broker does not', false, true, [3, 3], 0],
    ['creates nothing where the client does not want it', true, false, [3, 3], 0],
  ])('%s', async (_behaviour, autoCreateTopics, allowAutoTopicCreation, expected, partitions) => {
    const { ask } = await withBroker({ autoCreateTopics, defaultPartitions: 4 })
    const first = await ask('Metadata', 5, { ...named('fresh'), allowAutoTopicCreation })
    const second = await ask('Metadata', 5, { ...named('fresh'), allowAutoTopicCreation })
    expect([first, second].map(({ topics }) => topics[0]?.errorCode)).toEqual(expected)
    expect(second.topics[0]?.partitions.length).toBe(partitions)
  })

  it('says what everybody may do where that is asked for', async () => {
    const { ask } = await withBroker({ topics: { a: 1 } })
    const all = { includeClusterAuthorizedOperations: true, includeTopicAuthorizedOperations: true }
    const body = await ask('Metadata', 8, { ...named('a'), ...all })
    expect([body.clusterAuthorizedOperations, body.topics[0]?.topicAuthorizedOperations]).toEqual([8096, 3576])
    const missing = await ask('Metadata', 8, { ...named('nobody'), ...all })
    expect(missing.topics[0]?.topicAuthorizedOperations).toBe(3576)
  })

  it('answers for topics that are there before the others', async () => {
    const { ask } = await withBroker({ topics: { a: 1, b: 1 } })
    const { topics } = await ask('Metadata', 5, named('nobody', 'b', 'no one', 'a'))
    expect(codes(topics)).toEqual([
      ['b', 0],
      ['a', 0],
      ['nobody', 3],
      ['no one', 17],
    ])
  })

  it('lists a created topic at once and forgets a deleted one at once', async () => {
    const { ask } = await withBroker()
    const spec = { name: 'a', numPartitions: 3, replicationFactor: 1, assignments: [], configs: [] }
    await ask('CreateTopics', 3, { topics: [spec] })
    expect((await ask('Metadata', 5, named('a'))).topics[0]?.partitions.length).toBe(3)
    await ask('DeleteTopics', 3, { topicNames: ['a'], timeoutMs: 1000 })
    expect(codes((await ask('Metadata', 5, named('a'))).topics)).toEqual([['a', 3]])
    await ask('CreateTopics', 3, { topics: [{ ...spec, numPartitions: 1 }] })
    expect((await ask('Metadata', 5, named('a'))).topics[0]?.partitions.length).toBe(1)
  })
})
