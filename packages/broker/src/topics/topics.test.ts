import { describe, expect, it } from 'vitest'
import { createMemoryBudget } from '../log/memory-budget.js'
import { PartitionLog } from '../log/partition-log.js'
import type { BrokerEvent } from '../observe/broker-events.js'
import { createTopics, maxPartitions } from './topics.js'

function setup() {
  const told: BrokerEvent[] = []
  const forgotten: string[] = []
  const budget = createMemoryBudget({ limitBytes: 1_000_000 })
  let ids = 0
  const topics = createTopics({
    createLog: (at) => new PartitionLog({ ...at, budget }),
    newTopicId: () => `id-${(ids += 1)}`,
    emit: (event) => void told.push(event),
    onDeleted: (topic) => void forgotten.push(topic),
  })
  return { topics, told, forgotten }
}

describe('topics', () => {
  it('finds a created topic by name and by id, with its partitions', () => {
    const { topics, told } = setup()
    expect(topics.create({ name: 'orders', partitions: 3 })).toBeUndefined()
    expect(topics.find('orders')).toBe(topics.findById('id-1'))
    expect(topics.find('orders')?.partitions.map(({ index, log }) => [index, log.topic, log.partition])).toEqual([
      [0, 'orders', 0],
      [1, 'orders', 1],
      [2, 'orders', 2],
    ])
    expect(topics.partition('orders', 2)?.index).toBe(2)
    expect(topics.partition('orders', 3)).toBeUndefined()
    expect(topics.partition('orders', -1)).toBeUndefined()
    expect(told).toEqual([{ kind: 'topic.created', topic: 'orders', partitions: 3 }])
  })

  it.each([
    ['one that exists', { name: 'a.x', partitions: 1 }, 36, "Topic 'a.x' already exists."],
    [
      'one that differs in . and _ only',
      { name: 'a_x', partitions: 1 },
      17,
      "Topic 'a_x' collides with existing topic: a.x",
    ],
    ['a bad name', { name: 'a b', partitions: 1 }, 17, expect.stringContaining('Topic name is invalid')],
    ['no partitions', { name: 'b', partitions: 0 }, 37, expect.stringContaining('non-positive')],
    [
      'an unknown config',
      { name: 'b', partitions: 1, config: new Map([['no.such', '1']]) },
      40,
      'Unknown topic config name: no.such',
    ],
    [
      'more partitions than a broker holds',
      { name: 'b', partitions: maxPartitions },
      44,
      expect.stringContaining(`${maxPartitions}`),
    ],
  ])('refuses %s', (_what, spec, errorCode, errorMessage) => {
    const { topics } = setup()
    topics.create({ name: 'a.x', partitions: 1 })
    expect(topics.check(spec)).toEqual({ errorCode, errorMessage })
    expect(topics.create(spec)).toEqual({ errorCode, errorMessage })
    expect(topics.all().map(({ name }) => name)).toEqual(['a.x'])
  })

  it('closes the logs of a deleted topic and gives its name free at once', () => {
    const { topics, forgotten } = setup()
    topics.create({ name: 'orders', partitions: 2 })
    const logs = topics.find('orders')?.partitions.map(({ log }) => log) ?? []
    expect(topics.delete('orders')).toBeUndefined()
    expect(logs.map(({ isClosed }) => isClosed)).toEqual([true, true])
    expect(forgotten).toEqual(['orders'])
    expect([topics.find('orders'), topics.findById('id-1')]).toEqual([undefined, undefined])
    expect(topics.delete('orders')?.errorCode).toBe(3)
    expect(topics.create({ name: 'orders', partitions: 1 })).toBeUndefined()
    expect(topics.find('orders')?.id).toBe('id-2')
  })

  it('gives the partitions of deleted topics back to the broker', () => {
    const { topics } = setup()
    topics.create({ name: 'a', partitions: maxPartitions - 1 })
    topics.delete('a')
    expect(topics.check({ name: 'b', partitions: maxPartitions })).toBeUndefined()
  })

  it('grows and never shrinks', () => {
    const { topics } = setup()
    topics.create({ name: 'orders', partitions: 2 })
    const before = topics.find('orders')?.partitions[1]
    expect(topics.addPartitions('orders', 2)).toEqual({
      errorCode: 37,
      errorMessage: 'Topic already has 2 partition(s).',
    })
    expect(topics.addPartitions('orders', 1)?.errorCode).toBe(37)
    expect(topics.addPartitions('nobody', 3)?.errorCode).toBe(3)
    expect(topics.addPartitions('orders', 4)).toBeUndefined()
    expect(topics.find('orders')?.partitions.length).toBe(4)
    expect(topics.find('orders')?.partitions[1]).toBe(before)
  })

  it('closes every log with the broker', () => {
    const { topics } = setup()
    topics.create({ name: 'orders', partitions: 1 })
    topics.close()
    expect(topics.partition('orders', 0)?.log.isClosed).toBe(true)
  })
})
