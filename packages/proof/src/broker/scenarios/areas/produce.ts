import { fromDriver, fromKafkajs, fromProbe, short } from '../readable.js'
import { scenario } from '../scenario.js'

const longAgo = 86_400_000
const text = (length: number): string => 'lorem ipsum dolor '.repeat(Math.ceil(length / 18)).slice(0, length)

export const produceScenarios = [
  scenario('keys, values and headers keep their bytes, whatever they are', async (s) => {
    const topic = await s.topic()
    const producer = await s.producer()
    const messages = [
      { key: 'k', value: 'v', headers: { one: 'a', two: ['b', 'c'], bytes: Buffer.from([0, 255]) } },
      { key: null, value: null },
      { key: '', value: '', headers: { '': '' } },
      { key: Buffer.from([0xc3, 0x28]), value: Buffer.from([0, 1, 2, 0xff]) },
      { value: text(3000) },
    ].map((message, index) => ({ ...message, timestamp: String(longAgo + index) }))
    s.trace('sent', await producer.send({ topic, messages }))
    s.trace('java', (await s.probe.read(topic)).map(fromProbe))
    const listener = await s.listen({ group: s.named('g'), topics: [topic] })
    const heard = await listener.first(5)
    s.trace('kafkajs', heard.map(fromKafkajs))
    s.is(
      'values',
      heard.map(({ message }) => message.value?.length ?? null),
      [1, null, 0, 4, 3000],
    )
  }),
  scenario('acks decide what a producer is told', async (s) => {
    const topic = await s.topic()
    const producer = await s.producer()
    for (const acks of [-1, 1, 0]) {
      s.trace(`acks ${acks}`, await producer.send({ topic, acks, messages: [{ value: `acks ${acks}` }] }))
    }
    const stored = await s.until('three records', async () => {
      const records = await s.probe.read(topic)
      return records.length === 3 ? short(records) : undefined
    })
    s.is('stored', stored, ['0@0 acks -1', '0@1 acks 1', '0@2 acks 0'])
  }),
  scenario('Java with fewer acks', async (s) => {
    const topic = await s.topic()
    s.trace('1', await s.probe.produce(topic, [{ value: 'a' }], { acks: '1' }))
    s.trace('0', await s.probe.produce(topic, [{ value: 'b' }], { acks: '0' }))
    const stored = await s.until('both', async () => {
      const records = await s.probe.read(topic)
      return records.length === 2 ? short(records) : undefined
    })
    s.is('stored', stored, ['0@0 a', '0@1 b'])
  }),
  scenario('a topic that stamps records itself tells producers and readers', async (s) => {
    const topic = await s.topic({ configs: { 'message.timestamp.type': 'LogAppendTime' } })
    const producer = await s.producer()
    const sent = await producer.send({
      topic,
      messages: [
        { value: 'a', timestamp: '1000' },
        { value: 'b', timestamp: '2000' },
      ],
    })
    s.trace('kafkajs', sent)
    const report = await (await s.sender()).send({ topic, key: null, value: Buffer.from('c'), timestamp: 3000 })
    s.trace('driver', { offset: report.offset, logAppendTime: report.timestamp })
    s.trace('java wrote', await s.probe.produce(topic, [{ value: 'd', timestamp: 4000 }], { compression: 'gzip' }))
    const records = (await s.probe.read(topic)).map(fromProbe)
    s.trace('java', records)
    s.is(
      'stamped',
      records.map(({ timestampType }) => timestampType),
      Array.from({ length: 4 }, () => 'LogAppendTime'),
    )
    const listener = await s.listen({ group: s.named('g'), topics: [topic] })
    s.trace('read by kafkajs', (await listener.first(4)).map(fromKafkajs))
    s.trace('read by the driver', (await s.member(s.named('d'), [topic]).first(4)).map(fromDriver))
  }),
  scenario('any time of the past is kept', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(
      topic,
      [
        { value: 'a', timestamp: 0 },
        { value: 'b', timestamp: longAgo },
      ],
      { recordsPerBatch: 1 },
    )
    const sender = await s.sender()
    await sender.send({ topic, key: null, value: Buffer.from('c'), timestamp: 5 })
    const times = (await s.probe.read(topic)).map(({ timestamp }) => Number(timestamp))
    s.is('times', times, [0, longAgo, 5])
  }),
  scenario('a time of tomorrow is refused to everybody', async (s) => {
    const topic = await s.topic()
    const tomorrow = Date.now() + 86_400_000
    const producer = await s.producer()
    const messages = [{ value: 'a', timestamp: String(tomorrow) }]
    await s.refused('kafkajs', producer.send({ topic, messages }), 'INVALID_TIMESTAMP')
    await s.refused('java', s.probe.produce(topic, [{ value: 'a', timestamp: tomorrow }]), 'InvalidTimestampException')
    const sender = await s.sender()
    const sent = sender.send({ topic, key: null, value: Buffer.from('a'), timestamp: tomorrow })
    s.trace('driver', await sent.catch((error: unknown) => error))
    s.is('nothing stored', await s.probe.read(topic), [])
  }),
  scenario('a batch above the limit of its topic is refused to everybody', async (s) => {
    const topic = await s.topic({ configs: { 'max.message.bytes': '2000' } })
    const value = text(4000)
    const producer = await s.producer()
    await s.refused('kafkajs', producer.send({ topic, messages: [{ value }] }), 'MESSAGE_TOO_LARGE')
    await s.refused('java', s.probe.produce(topic, [{ value }]), 'RecordTooLargeException')
    const sender = await s.sender({ compression: 'none' })
    const sent = sender.send({ topic, key: null, value: Buffer.from(value) })
    await s.refused('driver', sent, 'MILLRACE_PRODUCE_TOO_LARGE')
    s.trace('small one', await producer.send({ topic, messages: [{ value: 'small', timestamp: '1' }] }))
    s.is('stored', short(await s.probe.read(topic)), ['0@0 small'])
  }),
  scenario('a limit that was raised lets the batch in', async (s) => {
    const topic = await s.topic({ configs: { 'max.message.bytes': '2000' } })
    const producer = await s.producer()
    const send = () => producer.send({ topic, messages: [{ value: text(4000), timestamp: '1' }] })
    await s.refused('before', send(), 'MESSAGE_TOO_LARGE')
    await s.java.alterTopic(topic, { 'max.message.bytes': '100000' })
    s.trace('after', await s.until('let in', () => send().catch(() => undefined)))
    s.is('stored', (await s.probe.read(topic)).length, 1)
  }),
  scenario('what Java can split is split until it fits', async (s) => {
    const topic = await s.topic({ configs: { 'max.message.bytes': '2000' } })
    const records = Array.from({ length: 10 }, (_, index) => ({ value: `${index} ${text(500)}` }))
    s.trace('written', await s.probe.produce(topic, records, { recordsPerBatch: 10 }))
    s.is('stored', (await s.probe.read(topic)).length, 10)
  }),
  scenario('a compacted topic takes no record without a key', async (s) => {
    const topic = await s.topic({ configs: { 'cleanup.policy': 'compact' } })
    const producer = await s.producer()
    // 87 is beyond the codes that kafkajs knows.
    s.trace('kafkajs', await producer.send({ topic, messages: [{ value: 'a' }] }).catch((error: unknown) => error))
    await s.refused('java', s.probe.produce(topic, [{ value: 'a' }]), 'InvalidRecordException')
    const sender = await s.sender()
    await s.refused(
      'driver',
      sender.send({ topic, key: null, value: Buffer.from('a') }),
      'MILLRACE_PRODUCE_RECORD_INVALID',
    )
    await producer.send({ topic, messages: [{ key: 'k', value: 'b' }] })
    s.is('stored', short(await s.probe.read(topic)), ['0@0 b'])
  }),
  scenario('one request, several topics and partitions', async (s) => {
    const [a, b] = [await s.topic({ partitions: 2 }, 'a'), await s.topic({}, 'b')]
    const producer = await s.producer()
    const sent = await producer.sendBatch({
      topicMessages: [
        {
          topic: a,
          messages: [
            { partition: 1, value: 'a1', timestamp: '1' },
            { partition: 0, value: 'a0', timestamp: '1' },
          ],
        },
        { topic: b, messages: [{ partition: 0, value: 'b0', timestamp: '1' }] },
      ],
    })
    s.trace(
      'sent',
      sent.toSorted((x, y) => (`${x.topicName} ${x.partition}` < `${y.topicName} ${y.partition}` ? -1 : 1)),
    )
    s.is('a', short(await s.probe.read(a)), ['0@0 a0', '1@0 a1'])
    s.is('b', short(await s.probe.read(b)), ['0@0 b0'])
  }),
  scenario('one partition that is not there fails its request and not the others of it', async (s) => {
    const topic = await s.topic({ partitions: 2 })
    const producer = await s.producer({ retry: { retries: 0 } })
    const messages = [
      { partition: 1, value: 'there' },
      { partition: 7, value: 'not there' },
    ]
    s.trace('kafkajs', await producer.send({ topic, messages }).catch((error: unknown) => error))
    s.trace('stored', short(await s.probe.read(topic)))
    const sender = await s.sender()
    const sent = sender.send({ topic, partition: 7, key: null, value: Buffer.from('a') })
    await s.refused('driver', sent, 'MILLRACE_PRODUCE_RECORD_INVALID')
  }),
  scenario('producing never creates a topic', async (s) => {
    const topic = s.named('nowhere')
    const producer = await s.producer({ retry: { retries: 1 } })
    await s.refused('kafkajs', producer.send({ topic, messages: [{ value: 'a' }] }), 'UNKNOWN_TOPIC_OR_PARTITION')
    s.trace(
      'java',
      await s.probe
        .produce(topic, [{ value: 'a' }], { properties: { 'max.block.ms': '500' } })
        .catch((error: unknown) => error),
    )
    const found = await s.driver.describeTopics([topic], AbortSignal.timeout(10_000))
    s.is('there', found.size, 0)
  }),
  scenario('a key has the same partition for Java, kafkajs and the driver', async (s) => {
    const topic = await s.topic({ partitions: 5 })
    const keys = ['a', 'b', 'order-17', 'ключ', '', 'x'.repeat(100)]
    await s.probe.produce(
      topic,
      keys.map((key) => ({ key, value: 'java' })),
    )
    const producer = await s.producer()
    await producer.send({ topic, messages: keys.map((key) => ({ key, value: 'kafkajs' })) })
    const sender = await s.sender()
    for (const key of keys) await sender.send({ topic, key: Buffer.from(key), value: Buffer.from('driver') })
    const partitions = new Map<string, Set<number>>()
    for (const { key, partition } of await s.probe.read(topic)) {
      const name = key?.toString() ?? ''
      partitions.set(name, (partitions.get(name) ?? new Set()).add(partition))
    }
    s.is(
      'partitions per key',
      [...partitions.values()].map(({ size }) => size),
      keys.map(() => 1),
    )
    s.trace(
      'which',
      keys.map((key) => [...(partitions.get(key) ?? [])]),
    )
  }),
  scenario('offsets go on from batch to batch and from producer to producer', async (s) => {
    const topic = await s.topic()
    const producer = await s.producer()
    const sender = await s.sender()
    const offsets: string[] = []
    for (const round of [1, 2, 3]) {
      const messages = Array.from({ length: round }, () => ({ value: 'k' }))
      offsets.push((await producer.send({ topic, messages }))[0]?.baseOffset ?? '')
      offsets.push((await sender.send({ topic, key: null, value: Buffer.from('d') })).offset.toString())
      offsets.push(
        ...(await s.probe.produce(topic, [{ value: 'j' }, { value: 'j' }])).map(({ offset }) => offset.toString()),
      )
    }
    s.is('offsets', offsets, ['0', '1', '2', '3', '4', '6', '7', '8', '9', '12', '13', '14'])
  }),
  scenario('thousands of records of many batches are all there, in order', async (s) => {
    const topic = await s.topic()
    await s.probe.produce(
      topic,
      Array.from({ length: 5000 }, (_, index) => ({ value: String(index) })),
      { recordsPerBatch: 100 },
    )
    const found = await s.member(s.named('g'), [topic]).first(5000)
    s.is(
      'in order',
      found.every(
        ({ offset, record }, index) => Number(offset) === index && record.value?.toString() === String(index),
      ),
      true,
    )
    const listener = await s.listen({ group: s.named('k'), topics: [topic] })
    s.is(
      'kafkajs too',
      (await listener.first(5000)).every(({ message }, index) => message.offset === String(index)),
      true,
    )
  }),
  scenario('a thousand headers, and the same name many times', async (s) => {
    const topic = await s.topic()
    const headers = Array.from({ length: 1000 }, (_, index): [Buffer, Buffer | null] => [
      Buffer.from(index % 2 === 0 ? 'same' : `name${index}`),
      index % 3 === 0 ? null : Buffer.from([index % 256]),
    ])
    await (await s.sender()).send({ topic, key: null, value: Buffer.from('v'), headers, timestamp: 1 })
    const [record] = await s.probe.read(topic)
    s.trace('java', record?.headers)
    s.is('count', record?.headers.length, 1000)
  }),
]
