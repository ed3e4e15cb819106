import { afterAll, describe, expect, test } from 'vitest'
import { describeWithBroker, type SuiteBroker } from '../brokers/describe-with-broker.js'
import { parseAddresses } from '../brokers/external-broker.js'
import { createKafkaAdmin } from '../brokers/kafka-admin.js'
import { batchSizes } from '../brokers/test-support/batch-sizes.js'
import { uniqueName } from '../brokers/unique-name.js'
import type { FixtureRecord } from './fixture-record.js'
import { createProbe } from './probe.js'
import { startWireProbe } from './wire/start-wire-probe.js'

const everyByte = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))
const at = 1_700_000_000_000

const awkward: FixtureRecord[] = [
  { partition: 0, timestamp: at, key: everyByte, value: Buffer.alloc(300_000, 7), headers: [] },
  { partition: 0, timestamp: at + 1, key: null, value: '' },
  { partition: 0, timestamp: at + 2, key: '', value: null },
  {
    partition: 1,
    timestamp: at + 3,
    key: 'k',
    value: '\u2028 "quoted" 😀',
    headers: [
      ['__proto__', 'a'],
      ['h', everyByte],
      ['h', null],
      ['', ''],
      ['h', 'again'],
    ],
  },
]

const wire = await startWireProbe()
afterAll(() => wire.stop())

describeWithBroker('the probe of the run', (broker) => {
  describe('reads and writes', () => readsAndWrites(broker))
  describe('is an admin', () => isAnAdmin(broker))
})

// Beside Java, which says what it should do.
describeWithBroker('the wire probe', { needs: ['java clients'] }, (broker) => {
  const probe = createProbe({ port: wire.port, bootstrap: broker.bootstrap })
  afterAll(() => probe.close())
  const lacks: SuiteBroker['lacks'] = (need) => need === 'quotas' || need === 'several nodes' || broker.lacks(need)
  const own = { ...broker, probe, admin: createKafkaAdmin(probe), lacks }
  describe('reads and writes', () => readsAndWrites(own))
  describe('is an admin', () => isAnAdmin(own))

  test('each reads what the other has written, every codec, and what transactions of both have left', async () => {
    const topic = uniqueName('both')
    await broker.admin.createTopic(topic)
    const writers = [broker.probe, probe]
    for (const compression of ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const) {
      const records = awkward.map((record) => ({ ...record, partition: 0, value: record.value ?? compression }))
      for (const writer of writers) await writer.produce(topic, records, { compression })
    }
    for (const outcome of ['abort', 'commit'] as const) {
      const [first, second] = await Promise.all(writers.map((writer) => writer.transactional(uniqueName('tx'))))
      for (const producer of [first, second]) await producer?.begin()
      for (const producer of [first, second, first]) await producer?.send(topic, [{ value: outcome }])
      for (const producer of [second, first]) await producer?.[outcome]()
    }
    for (const isolation of ['read_committed', 'read_uncommitted'] as const) {
      const [java, ours] = await Promise.all(writers.map((reader) => reader.read(topic, { isolation })))
      expect(ours).toEqual(java)
      expect(ours?.length).toBe(40 + (isolation === 'read_committed' ? 3 : 6))
    }
  })
})

function readsAndWrites({ bootstrap, probe, admin }: SuiteBroker): void {
  async function newTopic(partitions = 1) {
    const topic = uniqueName('probe')
    await admin.createTopic(topic, { partitions })
    return topic
  }
  const values = async (topic: string, isolation: 'read_committed' | 'read_uncommitted') =>
    (await probe.read(topic, { isolation })).map(({ value }) => value?.toString())

  test.each(['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const)('reads back every byte, %s', async (compression) => {
    const topic = await newTopic(2)
    const written = await probe.produce(topic, awkward, { compression })
    expect(written).toEqual([
      { partition: 0, offset: 0n },
      { partition: 0, offset: 1n },
      { partition: 0, offset: 2n },
      { partition: 1, offset: 0n },
    ])
    const bytes = (content: string | Uint8Array | null | undefined) =>
      content === null || content === undefined ? null : Buffer.from(content)
    expect(await probe.read(topic)).toEqual(
      awkward.map(({ partition = 0, timestamp = 0, key, value, headers = [] }, index) => ({
        partition,
        offset: written[index]?.offset,
        timestamp: BigInt(timestamp),
        timestampType: 'CreateTime',
        key: bytes(key),
        value: bytes(value),
        headers: headers.map(([name, content]) => [bytes(name), bytes(content)]),
      })),
    )
  })

  test('reads up to the end in many parts, from an offset, from chosen partitions', async () => {
    const topic = await newTopic(2)
    const fixtures = Array.from({ length: 3000 }, (_, index) => ({ partition: index % 2, value: String(index) }))
    await probe.produce(topic, fixtures)
    const all = await probe.read(topic)
    expect(all.length).toBe(3000)
    expect(all.map(({ partition, offset }) => [partition, offset])).toEqual(
      [0, 1].flatMap((partition) => Array.from({ length: 1500 }, (_, offset) => [partition, BigInt(offset)])),
    )
    const rest = await probe.read(topic, { fromOffset: 1498n, partitions: [1] })
    expect(rest.map(({ value }) => value?.toString())).toEqual(['2997', '2999'])
    expect(await probe.read(topic, { fromOffset: 9999n })).toEqual([])
    await expect(probe.read(topic, { maxRecords: 1000 })).rejects.toMatchObject({ code: 'MILLRACE_TEST_PROBE_FAILED' })
  })

  test('a reader beside transactions is given what is committed, when it is, and nothing that was aborted', async () => {
    const topic = await newTopic(2)
    const tail = probe.tail(topic)
    const id = uniqueName('tx')
    await probe.produce(topic, [{ partition: 1, value: 'plain' }])
    await expect.poll(() => tail.records.map(({ value }) => value?.toString())).toEqual(['plain'])
    await probe.produce(topic, [{ partition: 0, value: 'taken back' }], { transaction: { id, outcome: 'abort' } })
    await probe.produce(topic, [{ partition: 0, value: 'committed' }], { transaction: { id, outcome: 'open' } })
    expect(await probe.transactions(id)).toMatchObject([{ transactionalId: id, state: 'Ongoing', partitions: 1 }])
    expect(tail.records.length).toBe(1)
    await probe.endTransaction(id, 'commit')
    const read = await tail.finish()
    expect(read.map(({ value }) => value?.toString())).toEqual(['plain', 'committed'])
    expect(read).toBe(tail.records)
    expect(await probe.transactions(id)).toMatchObject([{ state: 'CompleteCommit' }])
    expect(await probe.transactions(`${id}-nobody`)).toEqual([])
    await expect(probe.tail(uniqueName('no-topic')).finish()).rejects.toMatchObject({
      code: 'MILLRACE_TEST_PROBE_FAILED',
    })
  })

  test('a transaction is seen by a committed reader once it is committed, and never when aborted', async () => {
    const topic = await newTopic()
    const id = uniqueName('tx')
    await probe.produce(topic, [{ value: 'aborted' }], { transaction: { id, outcome: 'abort' } })
    await probe.produce(topic, [{ value: 'one' }], { transaction: { id, outcome: 'open' } })
    await probe.produce(topic, [{ value: 'two' }], { transaction: { id, outcome: 'open' } })
    expect(await values(topic, 'read_committed')).toEqual([])
    expect(await values(topic, 'read_uncommitted')).toEqual(['aborted', 'one', 'two'])
    expect(await admin.endOffsets(topic, { isolation: 'read_committed' })).toEqual(new Map([[0, 2n]]))
    expect(await admin.endOffsets(topic)).toEqual(new Map([[0, 4n]]))

    await probe.endTransaction(id, 'commit')
    expect(await values(topic, 'read_committed')).toEqual(['one', 'two'])
    await expect(probe.endTransaction(id, 'commit')).rejects.toMatchObject({ kafkaError: 'IllegalStateException' })
  })

  test('makes batches of as many records as were asked for, 200,000 of them too', async () => {
    const topic = await newTopic()
    const { signal } = new AbortController()
    const [address] = parseAddresses(bootstrap.join())
    if (address === undefined) throw new Error('no address')
    await probe.produce(topic, [{ value: 'a' }, { value: 'b', repeat: 3 }, { value: 'c' }], { recordsPerBatch: 2 })
    expect(await batchSizes(address, topic, signal)).toEqual([2, 2, 1])

    const large = await newTopic()
    const written = await probe.produce(large, [{ partition: 0, value: '', repeat: 200_000 }], {
      recordsPerBatch: 200_000,
      compression: 'gzip',
    })
    expect(written.at(-1)).toEqual({ partition: 0, offset: 199_999n })
    expect(await batchSizes(address, large, signal)).toEqual([200_000])
  })

  test('transactions of several producers overlap, and one producer makes several', async () => {
    const [topic, group] = [await newTopic(), uniqueName('group')]
    const [first, second] = [await probe.transactional(uniqueName('tx')), await probe.transactional(uniqueName('tx'))]
    await first.begin()
    await second.begin()
    expect(await first.send(topic, [{ value: 'first' }])).toEqual([{ partition: 0, offset: 0n }])
    await second.send(topic, [{ value: 'aborted' }])
    await first.send(topic, [{ value: 'first again' }])
    await second.abort()
    expect(await values(topic, 'read_committed')).toEqual([])
    await first.sendOffsets(group, topic, new Map([[0, 7n]]))
    expect(await admin.committed(group)).toEqual([])
    await first.commit()
    expect(await values(topic, 'read_committed')).toEqual(['first', 'first again'])
    expect(await admin.committed(group)).toMatchObject([{ partition: 0, offset: 7n }])

    await second.begin()
    await second.send(topic, [{ value: 'second' }])
    await second.commit()
    expect(await values(topic, 'read_committed')).toEqual(['first', 'first again', 'second'])
    await Promise.all([first.close(), second.close()])
    await expect(first.begin()).rejects.toMatchObject({ kafkaError: 'IllegalStateException' })
  })

  test('a transactional producer is fenced by the next one with its id', async () => {
    const [topic, id] = [await newTopic(), uniqueName('tx')]
    const zombie = await probe.transactional(id)
    await zombie.begin()
    await zombie.send(topic, [{ value: 'of the zombie' }])
    const next = await probe.transactional(id)
    await expect(zombie.commit()).rejects.toMatchObject({
      kafkaError: expect.stringMatching(/ProducerFenced|InvalidProducerEpoch/),
    })
    await next.begin()
    await next.send(topic, [{ value: 'of the next' }])
    await next.commit()
    expect(await values(topic, 'read_committed')).toEqual(['of the next'])
    await Promise.all([zombie.close(), next.close()])
  })

  test('paces records into every partition and tells how long an answer took', async () => {
    const topic = await newTopic(2)
    const paces = await probe.pace(topic, { everyMs: 5, forMs: 100 })
    expect(paces.map(({ partition, failed }) => [partition, failed])).toEqual([
      [0, 0],
      [1, 0],
    ])
    const longest = Math.max(...paces.map(({ longestMs }) => longestMs))
    expect(longest).toBeLessThan(30_000)
    expect((await probe.read(topic)).length).toBeGreaterThan(1)
  })

  test('an unknown topic is an error by name, for reading and for writing', async () => {
    const kafkaError = 'UnknownTopicOrPartitionException'
    await expect(probe.read(uniqueName('none'), { timeoutMs: 3000 })).rejects.toMatchObject({ kafkaError })
    await expect(probe.produce(uniqueName('none'), [{ value: 'x' }], { timeoutMs: 1000 })).rejects.toMatchObject({
      kafkaError: 'TimeoutException', // what the Java producer says when the metadata stays unknown
    })
  })

  test('a record above the limit of its topic is refused by name', async () => {
    const topic = uniqueName('small')
    await admin.createTopic(topic, { configs: { 'max.message.bytes': '1000' } })
    await expect(probe.produce(topic, [{ value: Buffer.alloc(5000) }])).rejects.toMatchObject({
      kafkaError: 'RecordTooLargeException',
    })
  })

  test('an aborted call ends at once and the probe goes on', async () => {
    const given = new AbortController()
    const reading = probe.read(uniqueName('none'), { signal: given.signal })
    given.abort(new Error('enough'))
    await expect(reading).rejects.toThrow('enough')
    const topic = await newTopic()
    expect(await admin.listTopics()).toContain(topic)
  })
}

function isAnAdmin({ probe, admin, lacks }: SuiteBroker): void {
  test('creates, describes, grows, alters and deletes a topic', async () => {
    const topic = uniqueName('admin')
    await admin.createTopic(topic, { partitions: 2, configs: { 'retention.ms': '60000' } })
    await expect(admin.createTopic(topic)).rejects.toMatchObject({ kafkaError: 'TopicExistsException' })
    await admin.addPartitions(topic, 3)
    await admin.alterTopic(topic, { 'max.message.bytes': '2000', 'retention.ms': null })
    const { partitions, configs } = await admin.describeTopic(topic)
    expect(partitions.map(({ partition, leader, inSync }) => [partition, leader, inSync])).toEqual([
      [0, 1, [1]],
      [1, 1, [1]],
      [2, 1, [1]],
    ])
    expect([configs.get('max.message.bytes'), configs.get('retention.ms')]).toEqual(['2000', '604800000'])
    await admin.deleteTopic(topic)
    expect(await admin.listTopics()).not.toContain(topic)
  })

  test('places replicas where it is told, and knows who leads', async () => {
    const topic = uniqueName('admin')
    await admin.createTopic(topic, { assignment: [[1], [1]] })
    expect((await admin.describeTopic(topic)).partitions.map(({ replicas }) => replicas)).toEqual([[1], [1]])
    expect(await admin.leaderOf(topic, 1)).toBe(1)
    await expect(admin.createTopic(uniqueName('admin'), { assignment: [[99]] })).rejects.toMatchObject({
      kafkaError: 'InvalidReplicaAssignmentException',
    })
  })

  test.skipIf(lacks('several nodes'))('moves a leader to where it is, and elects it', async () => {
    const topic = uniqueName('admin')
    await admin.createTopic(topic, { partitions: 2 })
    await admin.moveLeader(topic, 1, 1)
    await admin.electLeader(topic, 0)
    expect(await admin.leaderOf(topic, 1)).toBe(1)
  })

  test.skipIf(lacks('quotas'))('a quota slows one client down until it is taken away', async () => {
    const topic = uniqueName('admin')
    await admin.createTopic(topic)
    const clientId = uniqueName('client')
    const send = async () => {
      const startedMs = performance.now()
      const fixtures = [{ partition: 0, value: Buffer.alloc(60_000), repeat: 3 }]
      await probe.produce(topic, fixtures, { recordsPerBatch: 1, properties: { 'client.id': clientId } })
      return performance.now() - startedMs
    }
    await admin.alterQuotas({ clientId }, { producer_byte_rate: 10_000 })
    const slow = await send()
    expect(slow).toBeGreaterThan(1000)
    await admin.alterQuotas({ clientId }, { producer_byte_rate: null })
    expect(await send()).toBeLessThan(slow)
    await expect(admin.alterQuotas({ clientId }, { 'no-such-quota': 1 })).rejects.toMatchObject({
      kafkaError: 'InvalidRequestException',
    })
  })

  test('moves the start of a log', async () => {
    const topic = uniqueName('admin')
    await admin.createTopic(topic)
    await probe.produce(topic, [{ value: 'a' }, { value: 'b' }, { value: 'c' }])
    await admin.deleteRecords(topic, new Map([[0, 2n]]))
    expect([await admin.startOffsets(topic), await admin.endOffsets(topic)]).toEqual([
      new Map([[0, 2n]]),
      new Map([[0, 3n]]),
    ])
    expect((await probe.read(topic)).map(({ offset }) => offset)).toEqual([2n])
  })

  test('sees what a group has committed', async () => {
    const [topic, group] = [uniqueName('admin'), uniqueName('group')]
    await admin.createTopic(topic, { partitions: 2 })
    expect(await admin.committed(group)).toEqual([])
    await admin.setCommitted(group, topic, new Map([[1, 5n]]))
    expect(await admin.coordinatorOf(group)).toBe(1)
    expect(await admin.committed(group)).toEqual([{ topic, partition: 1, offset: 5n, metadata: '' }])
    expect(await admin.listGroups()).toContainEqual({ group, state: 'Empty' })
    expect(await admin.describeGroup(group)).toEqual({ group, state: 'Empty', members: [] })
    await admin.deleteGroup(group)
    expect(await admin.committed(group)).toEqual([])
  })
}
