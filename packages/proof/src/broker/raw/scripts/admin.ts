import { buildBatch } from '../build-batch.js'
import { isFine, says } from '../error-codes-in.js'
import { createTopics, fetchFrom, listAt, newTopic, produceTo } from '../request-bodies.js'
import type { Answered } from '../raw-connection.js'
import { script } from '../script.js'
import type { Stage } from '../stage.js'

const describe = (...names: string[]) => ({ topics: names.map((name) => ({ name })) })
const deletion = (...topicNames: string[]) => ({ topicNames, timeoutMs: 10_000 })
const grow = (name: string, count: number, assignments: readonly { brokerIds: readonly number[] }[] | null = null) => ({
  topics: [{ name, count, assignments }],
  timeoutMs: 10_000,
  validateOnly: false,
})
const cut = (name: string, offset: bigint | number, partition = 0) => ({
  topics: [{ name, partitions: [{ partitionIndex: partition, offset: BigInt(offset) }] }],
  timeoutMs: 10_000,
})

/** Growing takes its time to be seen. */
const hasPartitions =
  (count: number) =>
  ({ topics }: Answered<'Metadata'>): boolean =>
    topics[0]?.partitions.length === count

/** Asks for one topic and writes down what is said. */
async function create(s: Stage, note: string, topic: ReturnType<typeof newTopic>, version = 4): Promise<void> {
  await s.ask('CreateTopics', version, createTopics([topic]), { note })
}

const threeRecords = buildBatch({ records: [{ value: 'a' }, { value: 'b' }, { value: 'c' }] })

export const adminScripts = [
  script('a topic that exists is not created again', async (s) => {
    const name = await s.topic()
    for (const version of [2, 3, 4]) await create(s, 'exists', newTopic(name), version)
    await s.ask('CreateTopics', 4, createTopics([newTopic(name)], { validateOnly: true }), { note: 'only validated' })
    await create(s, 'exists, and bad besides', newTopic(name, { partitions: 0 }))
    await create(s, 'exists, with a bad config', newTopic(name, { configs: { 'no.such': '1' } }))
  }),
  script('numbers of partitions that cannot be', async (s) => {
    for (const partitions of [0, -2]) await create(s, `${partitions}`, newTopic(s.named('t'), { partitions }))
    await create(s, '0 partitions, 9 replicas', newTopic(s.named('t'), { partitions: 0, replicas: 9 }))
    await create(s, '10001', newTopic(s.named('t'), { partitions: 10_001 }))
  }),
  script('replicas that cannot be', async (s) => {
    for (const replicas of [2, 0, -2]) await create(s, `${replicas}`, newTopic(s.named('t'), { replicas }))
  }),
  script('-1 means the defaults of the broker', async (s) => {
    await create(s, 'both', newTopic(s.named('both'), { partitions: -1, replicas: -1 }))
    await create(s, 'version 2', newTopic(s.named('two'), { partitions: -1, replicas: -1 }), 2)
    await s.ask('Metadata', 5, describe(s.named('both')), { until: isFine })
  }),
  script('configs that cannot be', async (s) => {
    const bad: Record<string, string | null>[] = [
      { 'no.such.config': '1' },
      { 'retention.ms': 'soon' },
      { 'retention.ms': '-2' },
      { 'cleanup.policy': 'burn' },
      { 'retention.ms': null },
      { 'max.message.bytes': '99999999999' },
      { preallocate: 'maybe' },
      { 'min.cleanable.dirty.ratio': '2' },
      { 'compression.type': 'rar' },
      { 'message.timestamp.type': 'Never' },
      { 'min.insync.replicas': '0' },
      { 'segment.bytes': '1' },
      { 'retention.ms': ' 1000 ' },
      { '': '1' },
    ]
    for (const configs of bad) await create(s, JSON.stringify(configs), newTopic(s.named('t'), { configs }))
  }),
  script('a name twice in one request is no topic', async (s) => {
    const twice = newTopic(s.named('twice'))
    await s.ask('CreateTopics', 4, createTopics([twice, twice]))
    await s.ask('CreateTopics', 4, createTopics([twice, newTopic(s.named('once')), twice]), { note: 'and another one' })
    await s.ask('Metadata', 5, describe(s.named('twice')))
  }),
  script('names that differ in dots and underscores collide', async (s) => {
    await create(s, 'first', newTopic(s.named('a.x')))
    await create(s, 'collides', newTopic(s.named('a_x')))
    await s.ask('CreateTopics', 4, createTopics([newTopic(s.named('b.x')), newTopic(s.named('b_x'))]), {
      note: 'both at once',
    })
  }),
  script('names that no topic can have are not created', async (s) => {
    for (const name of ['', '.', '..', 'a b', 'x'.repeat(250), 'a/b'])
      await create(s, `"${name.slice(0, 5)}"`, newTopic(name))
  }),
  script('what is only validated is not created', async (s) => {
    const name = s.named('t')
    await s.ask('CreateTopics', 4, createTopics([newTopic(name)], { validateOnly: true }))
    await s.ask('Metadata', 5, describe(name))
  }),
  script('good and bad topics in one request', async (s) => {
    const topics = [newTopic(s.named('good')), newTopic(s.named('bad'), { partitions: 0 }), newTopic(s.named('fine'))]
    await s.ask('CreateTopics', 3, createTopics(topics))
    await s.ask('CreateTopics', 3, createTopics([]), { note: 'none' })
  }),
  script('topics by assignments of nodes', async (s) => {
    const assigned = (name: string, assignments: number[][]) =>
      newTopic(s.named(name), { partitions: -1, replicas: -1, assignments })
    await create(s, 'good', assigned('good', [[1], [1]]))
    await create(s, 'unknown node', assigned('bad', [[7]]))
    await create(s, 'node twice', assigned('bad', [[1, 1]]))
    await create(s, 'no nodes', assigned('bad', [[]]))
    await create(s, 'a number besides', newTopic(s.named('bad'), { partitions: 1, replicas: -1, assignments: [[1]] }))
    await create(s, 'replicas besides', newTopic(s.named('bad'), { partitions: -1, replicas: 1, assignments: [[1]] }))
    const at = (...indexes: number[]) => ({
      ...newTopic(s.named('bad'), { partitions: -1, replicas: -1 }),
      assignments: indexes.map((partitionIndex) => ({ partitionIndex, brokerIds: [1] })),
    })
    await create(s, 'a gap', at(0, 2))
    await create(s, 'partition twice', at(0, 0))
    await create(s, 'begins at 1', at(1))
    await s.ask('Metadata', 5, describe(s.named('good')), { until: isFine })
  }),
  script('topics that are not there are not deleted', async (s) => {
    for (const version of [1, 2, 3]) await s.ask('DeleteTopics', version, deletion(s.named('none')))
    await s.ask('DeleteTopics', 3, deletion(), { note: 'none' })
    await s.ask('DeleteTopics', 3, deletion(''), { note: 'empty name' })
  }),
  script('a topic named twice is not deleted', async (s) => {
    const name = await s.topic()
    await s.ask('DeleteTopics', 3, deletion(name, name))
    await s.ask('Metadata', 5, describe(name))
    await s.ask('DeleteTopics', 3, deletion(name, s.named('none')), { note: 'with an unknown one' })
  }),
  script('a deleted topic takes its records with it', async (s) => {
    const name = await s.topic()
    await s.ask('Produce', 7, produceTo(name, threeRecords))
    await s.ask('DeleteTopics', 3, deletion(name))
    await s.ask('Produce', 7, produceTo(name, threeRecords), { note: 'deleted', until: says(3) })
    await s.topic()
    await s.ask('Fetch', 11, fetchFrom(name, 0n), { note: 'again' })
  }),
  script('topics only grow', async (s) => {
    const name = await s.topic({ partitions: 2 })
    for (const count of [2, 1, 0, -1]) await s.ask('CreatePartitions', 1, grow(name, count), { note: `to ${count}` })
    await s.ask('CreatePartitions', 1, grow(name, 3), { note: 'to 3' })
    await s.ask('CreatePartitions', 0, grow(s.named('none'), 3), { note: 'unknown' })
    await s.ask('Metadata', 5, describe(name), { until: hasPartitions(3) })
  }),
  script('topics grow by assignments', async (s) => {
    const name = await s.topic()
    await s.ask('CreatePartitions', 1, grow(name, 2, [{ brokerIds: [7] }]), { note: 'unknown node' })
    await s.ask('CreatePartitions', 1, grow(name, 3, [{ brokerIds: [1] }]), { note: 'too few' })
    await s.ask('CreatePartitions', 1, grow(name, 2, [{ brokerIds: [1] }, { brokerIds: [1] }]), { note: 'too many' })
    await s.ask('CreatePartitions', 1, grow(name, 2, [{ brokerIds: [] }]), { note: 'no nodes' })
    await s.ask('CreatePartitions', 1, grow(name, 2, [{ brokerIds: [1] }]), { note: 'good' })
    await s.ask('CreatePartitions', 1, grow(name, 3, []), { note: 'an empty list' })
    await s.ask('Metadata', 5, describe(name), { until: hasPartitions(2) })
  }),
  script('growing is only validated, or named twice', async (s) => {
    const name = await s.topic()
    await s.ask('CreatePartitions', 1, { ...grow(name, 4), validateOnly: true }, { note: 'validated' })
    const twice = [...grow(name, 2).topics, ...grow(name, 3).topics]
    await s.ask('CreatePartitions', 1, { ...grow(name, 2), topics: twice }, { note: 'twice' })
    await s.ask('Metadata', 5, describe(name))
  }),
  script('deleting records moves the start', async (s) => {
    const topic = await s.topic()
    await s.quietly('Produce', 7, produceTo(topic, threeRecords))
    await s.quietly('Produce', 7, produceTo(topic, threeRecords))
    await s.ask('DeleteRecords', 1, cut(topic, 2), { note: 'to 2' })
    await s.ask('ListOffsets', 5, listAt(topic, -2))
    await s.ask('Fetch', 11, fetchFrom(topic, 1n), { note: 'below' })
    await s.ask('Fetch', 11, fetchFrom(topic, 2n), { note: 'at the start' })
    await s.ask('DeleteRecords', 0, cut(topic, 1), { note: 'below the start' })
    await s.ask('DeleteRecords', 1, cut(topic, 7), { note: 'beyond the end' })
    await s.ask('DeleteRecords', 1, cut(topic, -1), { note: 'all' })
    await s.ask('ListOffsets', 5, listAt(topic, -2))
    await s.ask('Produce', 7, produceTo(topic, threeRecords))
  }),
  script('records that cannot be deleted', async (s) => {
    const topic = await s.topic()
    const compacted = await s.topic({ suffix: 'compacted', config: { 'cleanup.policy': 'compact' } })
    const both = await s.topic({ suffix: 'both', config: { 'cleanup.policy': 'compact,delete' } })
    await s.ask('DeleteRecords', 1, cut(topic, -2), { note: '-2' })
    await s.ask('DeleteRecords', 1, cut(topic, 0, 4), { note: 'unknown partition' })
    await s.ask('DeleteRecords', 1, cut(s.named('none'), 0), { note: 'unknown topic' })
    await s.ask('DeleteRecords', 1, cut(compacted, 0), { note: 'compacted' })
    await s.ask('DeleteRecords', 1, cut(both, 0), { note: 'compacted and deleted' })
  }),
  script('without an authorizer there are no ACLs', async (s) => {
    const filter = {
      resourceTypeFilter: 2,
      resourceNameFilter: null,
      patternTypeFilter: 1,
      principalFilter: null,
      hostFilter: null,
      operation: 1,
      permissionType: 1,
    }
    await s.ask('DescribeAcls', 1, filter)
    await s.ask('DeleteAcls', 1, { filters: [filter, filter] })
    const acl = { resourceType: 2, resourceName: 'x', principal: 'User:x', host: '*', operation: 3, permissionType: 3 }
    await s.ask('CreateAcls', 1, { creations: [acl, acl] })
    await s.ask('CreateAcls', 1, { creations: [] }, { note: 'none' })
  }),
]
